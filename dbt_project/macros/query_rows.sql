{#
    The rows of a page of BigQuery's, to be used laterally: (item jsonb, item_position
    bigint, item_text text).

    A page that jsonb refuses is taken apart row by row, as `json_items` does; one that
    is no object at all is one null item, at position 0. A page without rows has none.
#}
{% macro query_rows(payload) -%}
    (
        select
            plain.item,
            plain.item_position,
            null as item_text
        from jsonb_array_elements(
            case
                when pg_input_is_valid({{ payload }}, 'jsonb')
                    then {{ payload }}::jsonb -> 'rows'
            end
        ) with ordinality as plain (item, item_position)
        union all
        select
            tried.item,
            tried.item_position,
            tried.item_text
        from {{ json_items(
            "case
                when not pg_input_is_valid(" ~ payload ~ ", 'jsonb')
                    and " ~ payload ~ " is json object
                    then (" ~ payload ~ "::json -> 'rows')::text
            end",
            'false'
        ) }} as tried
        union all
        select
            null,
            0,
            {{ payload }}
        where {{ payload }} is not json object
    )
{%- endmacro %}
