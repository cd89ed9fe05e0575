{#
    The items of a text that holds a JSON array, as rows (item jsonb, item_position
    bigint, item_text text), to be used laterally.

    `is_plain` says that the text is known to be a valid array and goes the fast way.
    Otherwise each item is tried by itself, and mended as `json_body` does it; one that
    jsonb refuses even so comes as a null beside its text. A text that is no array at all
    is one such item, at position 0. The fast way gives no text.
#}
{% macro json_items(payload, is_plain) -%}
    (
        select
            plain.item,
            plain.item_position,
            null as item_text
        from jsonb_array_elements(
            case when {{ is_plain }} then {{ payload }}::jsonb else '[]' end
        ) with ordinality as plain (item, item_position)
        union all
        select
            {{ json_body('tried.item::text') }},
            tried.item_position,
            tried.item::text
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
            {{ payload }}
        where not case when {{ is_plain }} then true else {{ payload }} is json array end
    )
{%- endmacro %}
