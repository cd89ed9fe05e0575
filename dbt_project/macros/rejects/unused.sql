{#
    The `items` that no row of `good` is from, with a reason: those that have one, those
    whose own answer has their key again with other `values`, and good ones whose key
    nothing has, since a newer answer took it back. A query.
#}
{% macro unused(items, good, key, values) %}
with

compared as (

    select
        items.*,
        winners.load_id is not null as is_there,
        (items.fetched_at, items.load_id) = (winners.fetched_at, winners.load_id)
        and items.item_position < winners.item_position
        and (
            items.reason is not null
            {% for value in values %}
            or items.{{ value }} is distinct from winners.{{ value }}
            {% endfor %}
        ) as is_other
    from {{ named(items, 'items') }}
    {% if is_incremental() %}
    left outer join lateral (
        select found.*
        from {{ named(good, 'found') }}
        where {{ keys_match('found', 'items', key) }}
        -- offset 0: by the key's index
        offset 0 -- noqa: AM09
    ) as winners on true
    {% else %}
    left outer join {{ named(good, 'winners') }}
        on {{ keys_match('winners', 'items', key) }}
    {% endif %}

)

select
    {{ key | join(', ') }},
    item,
    request,
    fetched_at,
    load_id,
    item_position,
    case
        when is_other then {{ said_otherwise() }}
        when reason is not null then reason
        else {{ taken_back() }}
    end as reason
from compared
where reason is not null or not is_there or is_other
{% endmacro %}
