{#
    What in raw is no plain table of the loader's, and why: a query of (thing, reason).
    Such a thing may run a function of its maker's with the rights of whoever reads it.
    It is plain SQL, which the commands of the warehouse take from here.
#}
{% macro unplain() %}
select
    things.thing,
    things.reason
from (
    select
        held.oid::regclass::text as thing,
        case
            when held.relkind in ('v', 'm') then 'is a view'
            when held.relkind = 'S' then 'is a sequence'
            when held.relkind != 'r' then 'is no plain table'
            when not coalesce(held.relowner = to_regrole('loader'), false)
                then 'does not belong to loader'
            when held.relrowsecurity or held.relforcerowsecurity
                then 'has policies'
            when exists (
                select 1
                from pg_inherits
                where held.oid in (pg_inherits.inhrelid, pg_inherits.inhparent)
            ) then 'has parents or children'
            when exists (
                select 1
                from pg_rewrite
                where held.oid = pg_rewrite.ev_class
            ) then 'has rules'
            when exists (
                select 1
                from pg_trigger
                where
                    held.oid = pg_trigger.tgrelid
                    and not pg_trigger.tgisinternal
            ) then 'has triggers'
            when exists (
                select 1
                from pg_attrdef
                where held.oid = pg_attrdef.adrelid
            ) then 'has defaults, or generated columns'
            when exists (
                select 1
                from pg_constraint
                where
                    pg_constraint.conrelid = held.oid
                    and pg_constraint.contype not in ('p', 'u', 'n')
            ) then 'has constraints that are neither keys nor not null'
            when exists (
                select 1
                from pg_index
                where
                    pg_index.indrelid = held.oid
                    and (
                        pg_index.indexprs is not null
                        or pg_index.indpred is not null
                    )
            ) then 'has indexes of expressions'
            when exists (
                select 1
                from pg_statistic_ext
                where
                    pg_statistic_ext.stxrelid = held.oid
                    and pg_statistic_ext.stxexprs is not null
            ) then 'has statistics of expressions'
            when exists (
                select 1
                from pg_attribute
                inner join pg_type on pg_attribute.atttypid = pg_type.oid
                where
                    pg_attribute.attrelid = held.oid
                    and pg_attribute.attnum > 0
                    and not pg_attribute.attisdropped
                    and (
                        pg_type.typnamespace != 'pg_catalog'::regnamespace
                        or pg_type.typtype != 'b'
                    )
            ) then 'has columns of types that are not PostgreSQL''s own'
        end as reason
    from pg_class as held
    where
        held.relnamespace = to_regnamespace('raw')
        and held.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all
    select
        known.oid::regprocedure::text as thing,
        'is a function of the loader''s' as reason
    from pg_proc as known
    where
        known.pronamespace = to_regnamespace('raw')
        or known.proowner = to_regrole('loader')
) as things
where things.reason is not null
order by 1
{% endmacro %}
