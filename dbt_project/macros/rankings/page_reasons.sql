{#
    Judged coins of rankings, each with the `reason` why it does not count: its own, or
    that its page has it further up, good and with other values. A coin that has moved
    from page to page between two requests is none of these. A query.
#}
{% macro page_reasons(coins) -%}
    select
        *,
        case
            when own_reason is not null then own_reason
            when is_another_value
                then {{ reason('another value than further up in the page') }}
        end as reason
    from (
        select
            *,
            own_reason is null
            and item != first_value(item) over (
                partition by load_id, request, coin_id, own_reason is null
                order by item_position
            ) as is_another_value
        from {{ coins }}
    ) as marked
{%- endmacro %}
