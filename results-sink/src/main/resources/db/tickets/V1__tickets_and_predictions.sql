-- The table of the service replaced. Where it exists already, its columns and rows stay as they are: every added column
-- may be null, so that SQL written for that service, inserts included, still runs.
create table if not exists prediction (
  id             bigserial primary key,
  task_id        text unique not null,
  text_task      text not null,              -- '' when texts are not kept
  task_priority  text not null,              -- the model's own label
  priority_score double precision not null,  -- calibrated probability of that label, 0 to 1
  date_add       timestamp default now()
);

alter table prediction
  add column if not exists priority         text,         -- readable name of the label
  add column if not exists scores           jsonb,        -- probability by label
  add column if not exists model_name       text,
  add column if not exists model_version    text,
  add column if not exists model_digest     text,
  add column if not exists truncated        boolean,
  add column if not exists text_sha256      text,
  add column if not exists received_at      timestamptz,
  add column if not exists scored_at        timestamptz,
  add column if not exists source_topic     text,
  add column if not exists source_partition integer,
  add column if not exists source_offset    bigint,
  add column if not exists stages           jsonb;        -- milliseconds spent in each stage

-- What is known about every ticket that was ever accepted, rejected ones included.
create table if not exists ticket (
  task_id          text primary key,
  state            text not null check (state in ('PENDING', 'SCORED', 'REJECTED')),
  received_at      timestamptz not null,
  decided_at       timestamptz,              -- null while PENDING
  text_sha256      text,
  code             text,                     -- of a rejection
  message          text,                     -- of a rejection
  source_topic     text not null,
  source_partition integer not null,
  source_offset    bigint not null
);
