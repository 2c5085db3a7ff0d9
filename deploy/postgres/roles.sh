#!/usr/bin/env bash
# The two roles of the pipeline's database: an owner, who makes and changes the tables, and the one that the services run
# as, who can read and write rows once the owner lets him (results-sink does, at every start) and make nothing.
#
# PostgreSQL's image runs it when it sets up an empty volume. It may be run again, as for a volume that an earlier version
# set up with its one superuser as TICKETS_USER; give the services another name in .env first (POSTGRES_USER), then
#   docker-compose exec -e POSTGRES_USER=THAT_SUPERUSER postgres bash /docker-entrypoint-initdb.d/roles.sh
set -euo pipefail

# From the environment into psql: on a command line every process on the machine could read the passwords.
export POSTGRES_DB TICKETS_OWNER TICKETS_OWNER_PASSWORD TICKETS_USER TICKETS_PASSWORD
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
\getenv database POSTGRES_DB
\getenv owner TICKETS_OWNER
\getenv owner_password TICKETS_OWNER_PASSWORD
\getenv service TICKETS_USER
\getenv service_password TICKETS_PASSWORD

select format('create role %I login', name) from unnest(array[:'owner', :'service']) as name
  where not exists (select from pg_roles where rolname = name) \gexec
alter role :"owner" password :'owner_password';
alter role :"service" password :'service_password';

alter database :"database" owner to :"owner";
-- Not even temporary tables, which everybody may make by default.
revoke all on database :"database" from public;
grant connect on database :"database" to :"service";

-- What an earlier version made as superuser.
select format('alter table %I owner to %I', tablename, :'owner') from pg_tables where schemaname = 'public' \gexec

-- The superuser comes in by the container's own socket, never over the network.
select format('alter role %I password null', current_user) where current_user not in (:'owner', :'service') \gexec
SQL
