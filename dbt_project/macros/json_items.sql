{#
    The items of a text that holds a JSON array, as rows (item jsonb, item_position
    bigint, is_readable boolean), to be used laterally.

    `is_plain` says that the text is known to be a valid array and goes the fast way.
    Otherwise each item is tried by itself: one with a NUL escape or a lone surrogate,
    which jsonb refuses, comes as a null that is not readable. A text that is no array
    at all is one such item, at position 0.
#}
{% macro json_items(payload, is_plain) -%}
    (
        select
            plain.item,
            plain.item_position,
            true as is_readable
        from jsonb_array_elements(
            case when {{ is_plain }} then {{ payload }}::jsonb else '[]' end
        ) with ordinality as plain (item, item_position)
        union all
        select
            case when pg_input_is_valid(tried.item::text, 'jsonb')
                then tried.item::text::jsonb
            end,
            tried.item_position,
            pg_input_is_valid(tried.item::text, 'jsonb')
        from json_array_elements(
            case
                when not {{ is_plain }} and {{ payload }} is json array
                    then {{ payload }}::json
                else '[]'
            end
        ) with ordinality as tried (item, item_position)
        union all
        select
            null,
            0,
            false
        where {{ payload }} is not json array and not {{ is_plain }}
    )
{%- endmacro %}
