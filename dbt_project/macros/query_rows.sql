{#
    The rows of a page of BigQuery's, to be used laterally: (item jsonb, item_position
    bigint).

    Of a page with an escape that jsonb refuses, only the rows that have one come as a
    null. A page that can't be read at all is one null item, at position 0. A page
    without rows has none.
#}
{% macro query_rows(payload) -%}
    (
        select
            case
                when not page.is_readable then null
                when page.is_plain then part.item
                when pg_input_is_valid(bare.item_text, 'jsonb')
                    then bare.item_text::jsonb
            end as item,
            case when page.is_readable then part.place else 0 end as item_position
        from (
            select
                body.*,
                coalesce(
                    jsonb_typeof(body.said) = 'object'
                    and coalesce(jsonb_typeof(body.said -> 'rows'), 'array') = 'array',
                    false
                ) as is_readable
            from (
                select
                    {{ query_body(payload) }} as said,
                    pg_input_is_valid({{ payload }}, 'jsonb') as is_plain
                -- offset 0: read once
                offset 0
            ) as body
        ) as page
        cross join lateral jsonb_array_elements(
            case
                when page.is_readable then coalesce(page.said -> 'rows', '[]')
                else '[null]'
            end
        ) with ordinality as part (item, place)
        cross join lateral (
            select
                case
                    when not page.is_plain then replace(part.item::text, '\\u', '\u')
                end as item_text
        ) as bare
    )
{%- endmacro %}
