-- What people said of tickets' priorities: every word of it, never changed. The newest counts: the latest corrected_at, then
-- the highest offset.
create table correction (
  task_id             text not null,             -- may come before its ticket does
  task_priority       text not null,             -- the label, by the person
  priority            text not null,             -- readable name of that label
  corrected_by        text,                      -- who, in the caller's words; null once the ticket is erased
  client              text,                      -- the key that brought it
  corrected_at        timestamptz not null,      -- when the broker got it
  model_task_priority text,                      -- what the model had said by then; null if nothing
  model_priority      text,
  model_name          text,
  model_version       text,
  model_digest        text,
  source_topic        text not null,
  source_partition    integer not null,
  source_offset       bigint not null,
  -- With the time, for a topic that was made anew counts from 0 again.
  primary key (source_topic, source_partition, source_offset, corrected_at)
);
create index correction_newest on correction (task_id, corrected_at desc, source_offset desc);
create index correction_age on correction (corrected_at);

-- Table prediction as the replaced service had it, but with the priority that counts: SQL written for that service takes a
-- person's decision into account once it names this view. priority_score stays the model's, of its own label.
create view corrected_prediction as
select p.id, p.task_id, p.text_task,
  coalesce(c.task_priority, p.task_priority) as task_priority,
  p.priority_score, p.date_add,
  coalesce(c.priority, p.priority, p.task_priority) as priority,
  p.task_priority as model_task_priority,
  coalesce(p.priority, p.task_priority) as model_priority,
  c.corrected_by, c.corrected_at
from prediction p
left join lateral (
  select task_priority, priority, corrected_by, corrected_at from correction
  where correction.task_id = p.task_id
  order by corrected_at desc, source_offset desc
  limit 1) c on true;
