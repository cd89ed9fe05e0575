{#
    What existing tables have otherwise than contracts say, as a query of one row a
    table. `wanted` is a JSON array of a contract's columns: relation, name, type,
    is_required, is_key. A table that is missing differs in nothing; a type's length or
    scale is not looked at, as dbt doesn't either.
#}
{% macro contract_differences(wanted) -%}
    with

    wanted as (

        select
            parts.*,
            to_regclass(parts.relation) as table_id,
            to_regtype(regexp_replace(parts.type, '[(].*[)]', '')) as type_id
        from jsonb_to_recordset('{{ wanted | replace("'", "''") }}') as parts (
            relation text, name text, type text, is_required boolean, is_key boolean
        )

    ),

    tables as (

        select distinct
            relation,
            table_id
        from wanted
        where table_id is not null

    ),

    held as (

        select
            tables.relation,
            columns.attname::text as name,
            columns.atttypid::regtype as type_id,
            columns.attnotnull as is_required,
            coalesce(columns.attnum = any(keys.conkey), false) as is_key
        from tables
        inner join pg_attribute as columns on tables.table_id = columns.attrelid
        left join pg_constraint as keys
            on tables.table_id = keys.conrelid and keys.contype = 'p'
        where columns.attnum > 0 and not columns.attisdropped

    ),

    compared as (

        select
            relation,
            name,
            wanted.type,
            held.type_id::text as held_type,
            wanted.is_required,
            case
                when wanted.name is null then 'no longer has'
                when held.name is null then 'lacks'
                when held.type_id != wanted.type_id then 'has another type in'
                when held.is_key != wanted.is_key then 'has another key without or with'
                when held.is_required and not wanted.is_required
                    then 'still refuses nulls in'
                when wanted.is_required and not held.is_required
                    then 'still takes nulls in'
            end as difference
        from (
            select wanted.*
            from wanted
            inner join tables using (relation)
        ) as wanted
        full join held using (relation, name)

    )

    select
        relation,
        jsonb_agg(jsonb_build_object(
            'column', name,
            'difference', difference,
            'type', type,
            'is_required', is_required
        ) order by name)::text as differences
    from compared
    where difference is not null
    group by relation
    order by relation
{%- endmacro %}
