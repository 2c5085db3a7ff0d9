-- After every start's migration, and not by a numbered one: another run-time user, or a database restored without its
-- grants, is served by the next start. Every table that the migrations make stands here; a test compares.
do $grants$
declare
  run_time_role constant text := '${run_time_role}';
  name text;
  ids constant text := pg_get_serial_sequence('prediction', 'id'); -- none, if the replaced service's table has none
begin
  if run_time_role = current_user then
    return; -- owns the tables
  end if;
  -- Instances that start together would change the same rows of the catalogue.
  perform pg_advisory_xact_lock(hashtext('tickets: grants'));
  execute format('grant usage on schema %I to %I', current_schema(), run_time_role);
  foreach name in array array['prediction', 'ticket', 'erasure', 'correction'] loop
    execute format('grant select, insert, update, delete on %I to %I', name, run_time_role);
  end loop;
  execute format('grant select on corrected_prediction to %I', run_time_role);
  if ids is not null then
    execute format('grant usage on sequence %s to %I', ids, run_time_role);
  end if;
end
$grants$;
