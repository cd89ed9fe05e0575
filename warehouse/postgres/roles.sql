-- The roles, schemas and grants of one warehouse database. Run by an administrator
-- in that database, by `warehouse.provision` and by docker-compose; a second run
-- changes nothing. Passwords come from settings of the session:
-- tickhouse.loader_password and so on; a role keeps its own where there is none.

-- What others have made is not looked for: a function of theirs whose arguments fit
-- better than those of PostgreSQL's own would run with our rights.
set search_path = pg_catalog, pg_temp;
set client_min_messages = warning;

do $$
declare
    this_role text;
    secret text;
begin
    foreach this_role in array array[
        'loader', 'transformer', 'reader', 'exporter'
    ] loop
        if to_regrole(this_role) is null then
            execute format('create role %I login', this_role);
        end if;
        -- An administrator who is no superuser acts for the roles as a member.
        if not pg_has_role(current_user, this_role, 'usage') then
            execute format('grant %I to current_user', this_role);
        end if;
        secret := current_setting(format('tickhouse.%s_password', this_role), true);
        if secret != '' then
            execute format('alter role %I password %L', this_role, secret);
        end if;
    end loop;
end;
$$;

-- The database: who gets in, and UTC for all. Nobody but an administrator makes
-- schemas.
do $$
begin
    execute format('revoke all on database %I from public', current_database());
    execute format(
        'grant connect, temporary on database %I to loader, transformer',
        current_database()
    );
    execute format('revoke create on database %I from transformer', current_database());
    execute format(
        'grant connect on database %I to reader, exporter', current_database()
    );
    execute format('alter database %I set timezone = ''UTC''', current_database());
end;
$$;

-- The schemas and their owners. Nobody works in `public`. What `dbt test
-- --store-failures` keeps lies in the last.
create schema if not exists raw authorization loader;
create schema if not exists staging authorization transformer;
create schema if not exists intermediate authorization transformer;
create schema if not exists marts authorization transformer;
create schema if not exists ops authorization transformer;
create schema if not exists test_failures authorization transformer;
create schema if not exists iceberg authorization exporter;
revoke all on schema public from public;

-- What comes later. PUBLIC may execute any new function unless told otherwise.
alter default privileges for role loader, transformer
revoke execute on functions from public;
alter default privileges for role loader in schema raw
grant select on tables to transformer;
alter default privileges for role transformer in schema marts
grant select on tables to reader;
alter default privileges for role transformer in schema marts
grant execute on functions to reader;

-- What is there already, at the first run only: a mart may have been closed to the
-- reader since.
do $$
begin
    if not has_schema_privilege('transformer', 'raw', 'usage') then
        grant usage on schema raw to transformer;
        grant select on all tables in schema raw to transformer;
    end if;
    if not has_schema_privilege('reader', 'marts', 'usage') then
        grant usage on schema marts to reader;
        grant select on all tables in schema marts to reader;
        revoke execute on all functions in schema marts from public;
        grant execute on all functions in schema marts to reader;
    end if;
end;
$$;

-- The exporter reads what the reader may read, whatever is opened and closed to that,
-- and how far the ledger is; dbt grants that on a ledger that it makes later. Its own
-- are the tables in which the export keeps its catalog, and one to lock.
do $$
begin
    begin
        execute 'grant reader to exporter with inherit true, set false';
    exception when insufficient_privilege or syntax_error then
        raise notice 'The exporter reads nothing: %', sqlerrm;
    end;
    grant usage on schema ops to exporter;
    if to_regclass('ops.versions') is not null then
        grant select on ops.versions to exporter;
    end if;
    if to_regclass('ops.vanished') is not null then
        grant select on ops.vanished to exporter;
    end if;
    if to_regclass('iceberg.exporting') is null then
        create table iceberg.exporting ();
        alter table iceberg.exporting owner to exporter;
    end if;
end;
$$;

-- Functions are the transformer's alone to write, where the languages are ours to
-- close: what another role wrote could run with the rights of its tables' readers.
do $$
declare
    this_language name;
begin
    for this_language in
        select lanname
        from pg_language
        where
            lanpltrusted
            and pg_has_role(lanowner, 'usage')
    loop
        execute format('revoke usage on language %I from public', this_language);
        execute format('grant usage on language %I to transformer', this_language);
    end loop;
end;
$$;

-- By these functions a session could hold up ingestion and builds, end others of its
-- role, or fill the disk. The first kinds are needed by those who write, the others by
-- nobody. Where they are not ours to close, whoever waits says which role holds a lock.
do $$
declare
    closed record;
begin
    for closed in
        select
            oid::regprocedure as name,
            proname ~ '^pg_(try_)?advisory_|_backend$' as is_needed
        from pg_proc
        where
            pronamespace = 'pg_catalog'::regnamespace
            and proname
            ~ '^pg_(try_)?advisory_|^pg_(cancel|terminate)_backend$|'
            '^lo_|^loread$|^lowrite$|^pg_logical_emit_message$'
            and pg_has_role(proowner, 'usage')
            and has_function_privilege('public', oid, 'execute')
    loop
        execute format('revoke execute on function %s from public', closed.name);
        if closed.is_needed then
            execute format(
                'grant execute on function %s to loader, transformer', closed.name
            );
        end if;
    end loop;
end;
$$;

-- A reader's forgotten query ends, and writes nothing on the way; so does a forgotten
-- transaction, which would keep a full refresh from its table.
alter role reader set default_transaction_read_only = on;
alter role reader set statement_timeout = '2min';
alter role reader set idle_in_transaction_session_timeout = '10min';
do $$
begin
    alter role reader set transaction_timeout = '1h';
exception when undefined_object then
    raise notice 'Before PostgreSQL 17 no session ends a transaction by its age.';
end;
$$;
-- A session may set these otherwise. The transformer may end a session of the reader
-- that does, and gets no right by it that it has not.
do $$
begin
    execute 'grant reader to transformer with inherit true, set false';
exception when insufficient_privilege or syntax_error then
    raise notice 'The transformer may end no session of the reader: %', sqlerrm;
end;
$$;
-- What no session can set otherwise: the disk that its queries take, and that its
-- mistakes fill no log; and connections are left to others.
do $$
begin
    if (select rolconnlimit from pg_roles where rolname = 'reader') = -1 then
        alter role reader connection limit 50;
    end if;
    alter role reader set temp_file_limit = '2GB';
    alter role reader set log_min_messages = 'fatal';
exception when insufficient_privilege then
    raise notice 'The reader''s files and log have no bound: %', sqlerrm;
end;
$$;
-- Marts by their names alone; BI tools take it for the schema to begin with.
alter role reader set search_path = marts;

-- Statistics of statements, where the server has them and lets us.
do $$
begin
    create extension if not exists pg_stat_statements schema public;
    grant usage on schema public to transformer;
    grant pg_read_all_stats to transformer;
exception
    when insufficient_privilege or undefined_file or feature_not_supported then
        raise notice 'pg_stat_statements is left out: %', sqlerrm;
end;
$$;
