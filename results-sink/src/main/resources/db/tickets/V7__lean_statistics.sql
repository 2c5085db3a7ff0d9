-- PostgreSQL looks through a table again whenever a tenth of it is new: with several hundred tickets a second that is once a
-- minute, and by default it takes 30,000 rows apart, JSON and texts included, one to two seconds of a core that the scorer and
-- its callers then lack. Rows are found by ids and ages, which a tenth of those rows tells as well, and nobody looks for rows
-- by a text or a JSON. Analytics that want more: alter table prediction alter column ... set statistics 100.
alter table prediction
  alter column text_task set statistics 0,
  alter column text_sha256 set statistics 0,
  alter column scores set statistics 0,
  alter column decision set statistics 0,
  alter column set_aside set statistics 0,
  alter column stages set statistics 0,
  alter column id set statistics 10,
  alter column task_id set statistics 10,
  alter column task_priority set statistics 10,
  alter column priority set statistics 10,
  alter column priority_score set statistics 10,
  alter column date_add set statistics 10,
  alter column model_name set statistics 10,
  alter column model_version set statistics 10,
  alter column model_digest set statistics 10,
  alter column truncated set statistics 10,
  alter column language set statistics 10,
  alter column confidence set statistics 10,
  alter column received_at set statistics 10,
  alter column scored_at set statistics 10,
  alter column source_topic set statistics 10,
  alter column source_partition set statistics 10,
  alter column source_offset set statistics 10,
  alter column replaced_priority set statistics 10,
  alter column replaced_score set statistics 10;
-- The expression of an index is a column of its own.
alter index prediction_age alter column 1 set statistics 10;
alter table ticket
  alter column text_sha256 set statistics 0,
  alter column message set statistics 0,
  alter column task_id set statistics 10,
  alter column state set statistics 10,
  alter column received_at set statistics 10,
  alter column decided_at set statistics 10,
  alter column code set statistics 10,
  alter column source_topic set statistics 10,
  alter column source_partition set statistics 10,
  alter column source_offset set statistics 10;
