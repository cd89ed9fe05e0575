{#
    The body of `ops.pending(nodes)`: which of some nodes have something to do, and why,
    a row each. Of a node the caller says its `name` in the ledger, its `kind`, schema
    and alias, the `checksum` of all that decides what its build would run, the models
    that it `reads`, and of raw the `tables` and whose loads (`systems`, all as `*`).

    A node is `missing`, or `changed` since it was built or passed; a model that it
    reads has `moved` since; or it has `unread` loads. It is plpgsql, so that
    raw tables may be missing, which the build then says.
#}
{% macro pending_body() %}
declare
    -- a model and how many loads it has to read
    waiting jsonb := '{}';
begin
    if to_regclass('raw._dlt_loads') is not null then
        select coalesce(jsonb_object_agg(counted.name, counted.loads), '{}')
        into waiting
        from (
            select
                asked.name,
                count(*) as loads
            from jsonb_to_recordset(nodes) as asked (
                name text, kind text, systems text[]
            )
            inner join raw._dlt_loads as loads
                on
                    asked.kind = 'table'
                    and loads.status = 0
                    and (
                        loads.schema_name = any(asked.systems)
                        or '*' = any(asked.systems)
                    )
            where
                not exists (
                    select 1
                    from {{ ledger() }}.loads_read
                    where
                        loads_read.model = asked.name
                        and loads_read.load_id = loads.load_id
                )
                and not exists (
                    select 1
                    from {{ ledger() }}.set_aside
                    where
                        set_aside.model = asked.name
                        and set_aside.load_id = loads.load_id
                )
            group by 1
        ) as counted;
    end if;

    return query
    select
        found.name,
        found.reason,
        found.detail
    from (
        select
            asked.name,
            case
                when not judged.is_there then 'missing'
                when known.checksum is distinct from asked.checksum then 'changed'
                when moved.upstreams is not null then 'moved'
                when waiting ? asked.name or lost.tables is not null then 'unread'
            end as reason,
            case
                when not judged.is_there then null
                when known.checksum is distinct from asked.checksum then null
                when moved.upstreams is not null then moved.upstreams
                else coalesce(lost.tables, waiting ->> asked.name)
            end as detail
        from jsonb_to_recordset(nodes) as asked (
            name text, kind text, schema text, alias text, checksum text,
            reads text[], tables text[]
        )
        left join {{ ledger() }}.versions as known on asked.name = known.model
        cross join lateral (
            select
                case asked.kind
                    when 'test' then true
                    when 'function' then exists (
                        select 1
                        from pg_proc
                        where
                            pronamespace = to_regnamespace(quote_ident(asked.schema))
                            and proname = asked.alias
                    )
                    else exists (
                        select 1
                        from pg_class
                        where
                            relnamespace = to_regnamespace(quote_ident(asked.schema))
                            and relname = asked.alias
                            and relkind = case asked.kind when 'view' then 'v' else 'r' end
                    )
                end as is_there
        ) as judged
        cross join lateral (
            select string_agg(upstreams.model, ', ' order by upstreams.model) as upstreams
            from {{ ledger() }}.versions as upstreams
            left join {{ ledger() }}.reads
                on upstreams.model = reads.upstream and reads.model = asked.name
            where
                upstreams.model = any(asked.reads)
                and asked.kind in ('table', 'test')
                and upstreams.version > coalesce(reads.done, 0)
        ) as moved
        cross join lateral (
            select string_agg(wanted.name, ', ') as tables
            from unnest(asked.tables) as wanted (name)
            where asked.kind = 'table' and to_regclass(wanted.name) is null
        ) as lost
    ) as found
    where found.reason is not null;
end
{% endmacro %}
