-- Tickets whose text is forgotten. Who writes a text looks here in the same statement, so that nothing that is read again
-- brings it back: a record that the broker got no later than erased_at is stored without its text and without its hash.
-- A table of corrections, once there is one, has to look here too, and ErasureTable has to blank it.
create table if not exists erasure (
  task_id   text primary key,
  erased_at timestamptz not null
);

-- For PREDICTION_RETENTION: rows of the replaced service have no received_at, and its date_add no zone.
create index if not exists prediction_age on prediction ((coalesce(received_at, date_add at time zone 'UTC')));
create index if not exists ticket_age on ticket (received_at);
