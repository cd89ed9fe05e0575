{#
    The coins of judged `pages` of rankings, each an `item` with its `item_position` in
    the whole list; of an answer that is not whole only one row, at 0. A query.
#}
{% macro page_coins(pages) -%}
    select
        pages.*,
        coin.item,
        coin.place + pages.first_position - 1 as item_position
    from {{ pages }} as pages
    cross join
        lateral jsonb_array_elements(pages.coins) with ordinality as coin (item, place)
    where pages.fault is null
    union all
    select
        pages.*,
        null as item,
        0 as item_position
    from {{ pages }} as pages
    where pages.fault is not null and pages.page_number = 1
{%- endmacro %}
