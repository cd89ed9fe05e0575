{#
    Whether a judged coin of a ranking is a good one that its page has further up with
    other values: the first one counts. One that has moved from page to page between two
    requests is none.
#}
{% macro is_another_value() -%}
    own_reason is null
    and item != first_value(item) over (
        partition by load_id, request, coin_id, own_reason is null
        order by item_position
    )
{%- endmacro %}
