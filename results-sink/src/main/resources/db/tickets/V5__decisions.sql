-- How each label was chosen: {"rule", "margin", "expected_cost", "review"}; null in rows from before that was told.
alter table prediction add column if not exists decision jsonb;
