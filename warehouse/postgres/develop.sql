-- A developer's own schemas beside the ones that BI reads: run by an administrator,
-- with `tickhouse.developer`, and `tickhouse.drops` to take them away again. A second
-- run changes nothing.

-- as in roles.sql
set search_path = pg_catalog, pg_temp;
set client_min_messages = warning;

do $$
declare
    layer text;
    own_schema text;
begin
    foreach layer in array
        array['staging', 'intermediate', 'marts', 'ops', 'test_failures']
    loop
        own_schema := current_setting('tickhouse.developer') || '_' || layer;
        if current_setting('tickhouse.drops')::boolean then
            execute format('drop schema if exists %I cascade', own_schema);
            continue;
        end if;
        execute format(
            'create schema if not exists %I authorization transformer', own_schema
        );
        if layer = 'marts' then
            execute format('grant usage on schema %I to reader', own_schema);
            execute format(
                'alter default privileges for role transformer in schema %I '
                'grant select on tables to reader',
                own_schema
            );
            execute format(
                'alter default privileges for role transformer in schema %I '
                'grant execute on functions to reader',
                own_schema
            );
        end if;
    end loop;
end;
$$;
