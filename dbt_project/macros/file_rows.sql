{#
    The rows of the newest of a relation's CSV files that has the wanted `headings`, as
    `csv_rows` gives them, if one of its pages came with the loads of this build, or if
    `or_if`, a query, has rows. Else nothing.

    The newest file holds the whole truth, so there are no rows of older ones. Where it
    has no rows, and where a newer one lacks a heading and so is not read, one row says
    so: `unreadable`, as for a row with too many or too few fields.
#}
{% macro file_rows(relation, headings, or_if=none) -%}
    {%- set order = "order by page.fetched_at desc, page.load_id desc" %}
    (
        select
            newest.load_id,
            newest.request,
            newest.fetched_at,
            newest.is_readable,
            line.item,
            coalesce(line.item_position, newest.is_readable::int) as item_position,
            case
                when not newest.is_readable
                    then 'a file without the headings {{ headings | join(", ") }}'
                when line.item is null then 'a file without rows below its headings'
                when jsonb_typeof(line.item) = 'array'
                    then 'not as many fields as headings'
            end as unreadable
        from (
            select
                page.*,
                row_number() over (partition by page.is_readable {{ order }}) as age_rank,
                bool_or(page.is_readable) over ({{ order }}) as is_outdone
            from (
                select
                    landed._dlt_load_id as load_id,
                    landed.request,
                    landed.payload,
                    landed.fetched_at,
                    string_to_array(
                        regexp_replace(
                            lower(substring(
                                ltrim(left(landed.payload, 4000), e'\ufeff\r\n')
                                from '^[^\r\n]*'
                            )),
                            '[^a-z0-9,]', '', 'g'
                        ),
                        ','
                    ) @> array['{{ headings | join("', '") }}'] as is_readable
                from {{ named(relation, 'landed') }}
                where landed._dlt_load_id in {{ known_loads() }}
            ) as page
        ) as newest
        left outer join lateral {{ csv_rows(
            "case when newest.is_readable then newest.payload else '' end"
        ) }} as line on true
        where
            newest.age_rank = 1
            and newest.is_outdone = newest.is_readable
            and (
                exists (select 1 from {{ newly_arrived(relation) }} as arrived)
                {%- if or_if %}
                or exists (select 1 from {{ or_if }} as other)
                {%- endif %}
            )
    )
{%- endmacro %}
