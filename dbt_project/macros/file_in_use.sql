{#
    Of a file of a loan book: the newest page that can be used, with how it is to be
    read, and the newest of all, with why it is `unusable`. One row if a page is new to
    this build, else none. `known` is what an earlier build found, or none: it stands
    where nothing else can be used and its page was pruned.

    Pages are judged from the newest one on, until one can be used.
#}
{% macro file_in_use(relation, file_name, known=none) -%}
    {%- set columns = [
        'load_id', 'fetched_at', 'changed_at', 'request', 'separator', 'names', 'fields',
        'swapped', 'decimal_mark', 'date_order',
    ] -%}
    {%- set pages -%}
        (
            select
                landed._dlt_load_id as load_id,
                landed.fetched_at,
                landed.request,
                landed.payload,
                coalesce(
                    (landed.request::jsonb ->> 'changed_at')::timestamptz,
                    landed.fetched_at
                ) as changed_at
            from {{ named(relation, 'landed') }}
            where landed._dlt_load_id in {{ known_loads() }}
            order by landed.fetched_at desc, landed._dlt_load_id desc
            offset 0
        )
    {%- endset -%}
    {%- set reading -%}
        {{ loan_reading(
            "'" ~ file_name ~ "'", 'page.payload',
            "(page.request::jsonb ->> 'decimal')", "(page.request::jsonb ->> 'dates')"
        ) }}
    {%- endset -%}
    (
        select
            '{{ file_name }}' as file_name,
            {%- for column in columns %}
            {%- if known %}
            case
                when used.load_id is null and before.is_pruned then before.{{ column }}
                else used.{{ column }}
            end as {{ column }},
            {%- else %}
            used.{{ column }},
            {%- endif %}
            {%- endfor %}
            newest.load_id as newest_load_id,
            newest.fetched_at as newest_fetched_at,
            newest.request as newest_request,
            -- of what is no text there is only what ingestion said
            coalesce(
                case
                    when newest.payload = '' then newest.request::jsonb ->> 'unusable'
                end,
                judged.unusable
            ) as unusable
        from (
            select page.*
            from {{ pages }} as page
            where exists (select 1 from {{ newly_arrived(relation) }} as arrived)
            limit 1
        ) as newest
        left join lateral (
            select
                page.load_id,
                page.fetched_at,
                page.changed_at,
                page.request,
                reading.separator,
                to_jsonb(reading.names) as names,
                reading.fields,
                reading.swapped,
                reading.decimal_mark,
                reading.date_order
            from {{ pages }} as page
            cross join lateral {{ reading }} as reading
            where reading.unusable is null
            limit 1
        ) as used on true
        left join lateral (
            select reading.unusable
            from (select newest.*) as page
            cross join lateral {{ reading }} as reading
            where (used.load_id, used.fetched_at)
                is distinct from (page.load_id, page.fetched_at)
        ) as judged on true
        {%- if known %}
        left join lateral (
            select
                known.*,
                not exists (
                    select 1
                    from {{ named(relation, 'landed') }}
                    where landed._dlt_load_id = known.load_id
                ) as is_pruned
            from {{ named(known, 'known') }}
            where known.file_name = '{{ file_name }}'
        ) as before on true
        {%- endif %}
    )
{%- endmacro %}
