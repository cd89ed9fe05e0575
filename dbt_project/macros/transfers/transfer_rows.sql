{#
    The rows of a page of token transfers, to be used laterally: (item jsonb, row_text
    text, item_position bigint, texts text[]).

    `texts` are the nine cells. Of a page of BigQuery's own form they come from
    `row_text`, the row from its first value to its last; of any other from `item`, hex
    in lower case.
#}
{% macro transfer_rows(payload) -%}
    {%- set unless_plain -%}
        case when halves.rows_text is null then {{ payload }} else '{}' end
    {%- endset -%}
    (
        select part.*
        from {{ plain_transfers(payload) }} as halves
        cross join lateral (
            select
                null::jsonb as item,
                plain.row_text,
                plain.place as item_position,
                string_to_array(plain.row_text, '"},{"v":"') as texts
            from string_to_table(halves.rows_text, '"}]},{"f":[{"v":"')
                with ordinality as plain (row_text, place)
            union all
            select
                other.item,
                null,
                other.item_position,
                array[
                    {% for place in range(9) -%}
                    {% set text = "other.item -> 'f' -> " ~ place ~ " ->> 'v'" -%}
                    {{ "lower(" ~ text ~ ")" if place in (0, 1, 2, 4, 8) else text }}
                    {{- ", " if not loop.last }}
                    {% endfor %}
                ]
            from {{ query_rows(unless_plain) }} as other
        ) as part
    )
{%- endmacro %}
