alter table prediction
  add column if not exists language          text,              -- ru, en, other, unknown
  add column if not exists confidence        text,              -- low, normal
  add column if not exists set_aside         jsonb,             -- what of the text the model was not given to read
  -- What the replaced service had said, where a row of it was scored anew.
  add column if not exists replaced_priority text,
  add column if not exists replaced_score    double precision;
