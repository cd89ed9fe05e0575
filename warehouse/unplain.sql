    select things.name, things.why
    from (
        select
            tables.oid::regclass::text as name,
            case
                when tables.relkind in ('v', 'm') then 'is a view'
                when tables.relkind = 'S' then 'is a sequence'
                when tables.relkind != 'r' then 'is no plain table'
                when pg_get_userbyid(tables.relowner) != 'loader'
                    then 'does not belong to loader'
                when tables.relrowsecurity or tables.relforcerowsecurity
                    then 'has policies'
                when exists (
                    select 1
                    from pg_inherits
                    where tables.oid in (pg_inherits.inhrelid, pg_inherits.inhparent)
                ) then 'has parents or children'
                when exists (
                    select 1 from pg_rewrite where pg_rewrite.ev_class = tables.oid
                ) then 'has rules'
                when exists (
                    select 1
                    from pg_trigger
                    where tables.oid = pg_trigger.tgrelid and not tgisinternal
                ) then 'has triggers'
                when exists (
                    select 1 from pg_attrdef where pg_attrdef.adrelid = tables.oid
                ) then 'has defaults, or generated columns'
                when exists (
                    select 1
                    from pg_constraint
                    where
                        pg_constraint.conrelid = tables.oid
                        and pg_constraint.contype not in ('p', 'u', 'n')
                ) then 'has constraints that are neither keys nor not null'
                when exists (
                    select 1
                    from pg_index
                    where
                        pg_index.indrelid = tables.oid
                        and (
                            pg_index.indexprs is not null
                            or pg_index.indpred is not null
                        )
                ) then 'has indexes of expressions'
                when exists (
                    select 1
                    from pg_statistic_ext
                    where
                        pg_statistic_ext.stxrelid = tables.oid
                        and pg_statistic_ext.stxexprs is not null
                ) then 'has statistics of expressions'
                when exists (
                    select 1
                    from pg_attribute
                    inner join pg_type on pg_attribute.atttypid = pg_type.oid
                    where
                        pg_attribute.attrelid = tables.oid
                        and pg_attribute.attnum > 0
                        and not pg_attribute.attisdropped
                        and (
                            pg_type.typnamespace != 'pg_catalog'::regnamespace
                            or pg_type.typtype != 'b'
                        )
                ) then 'has columns of types that are not PostgreSQL''s own'
            end as why
        from pg_class as tables
        where
            tables.relnamespace = to_regnamespace('raw')
            and tables.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        union all
        select
            routines.oid::regprocedure::text,
            'is a function of the loader''s'
        from pg_proc as routines
        where
            routines.pronamespace = to_regnamespace('raw')
            or pg_get_userbyid(routines.proowner) = 'loader'
    ) as things
    where things.why is not null
    order by things.name
