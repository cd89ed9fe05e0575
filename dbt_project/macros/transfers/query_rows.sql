{#
    The rows of a page of BigQuery's, to be used laterally: (item jsonb, item_position
    bigint), as `json_body` reads it.

    A page that can't be read at all is one null item, at position 0. A page without rows
    has none.
#}
{% macro query_rows(payload) -%}
    (
        select
            case when page.is_readable then part.item end as item,
            case when page.is_readable then part.place else 0 end as item_position
        from (
            select
                readable.is_readable,
                case
                    when not readable.is_readable then '[null]'
                    else coalesce(body.said -> 'rows', '[]')
                end as items
            from (
                select {{ json_body(payload) }} as said
                -- offset 0, here and below: once a page, and not once a row
                from (values (1)) as once (number)
                offset 0
            ) as body
            cross join lateral (
                select
                    coalesce(
                        jsonb_typeof(body.said) = 'object'
                        and coalesce(jsonb_typeof(body.said -> 'rows'), 'array')
                        = 'array',
                        false
                    ) as is_readable
                from (values (1)) as once (number)
                offset 0
            ) as readable
            offset 0
        ) as page
        cross join lateral jsonb_array_elements(page.items)
            with ordinality as part (item, place)
    )
{%- endmacro %}
