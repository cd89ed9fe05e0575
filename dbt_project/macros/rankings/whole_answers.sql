{#
    The whole answers of the two sources of a ranking, one row per answer: (system,
    asked_at, fetched_at, announced_count, missing_count). All of them; in an increment
    those that changed, with nulls for one that has gone.
#}
{% macro whole_answers() -%}
    {#- What the staging of each calls the time of an answer. -#}
    {%- set sources = {
        'coinmarketcap': (ref('stg_coinmarketcap__listings'), 'priced_at'),
        'cryptocompare': (ref('stg_cryptocompare__toplist'), 'ranked_at'),
    } -%}
    (
        {% for system, (coins, fetched_at) in sources.items() %}
        {% if is_incremental() %}
        select
            '{{ system }}' as system,
            answers.asked_at,
            coin.fetched_at,
            coin.announced_count,
            coin.missing_count
        from (
            select distinct part.snapshot_at as asked_at
            from {{ changed(coins, ['snapshot_at']) }} as part
        ) as answers
        left outer join lateral (
            select
                coins.{{ fetched_at }} as fetched_at,
                coins.announced_count,
                coins.missing_count
            from {{ named(coins, 'coins') }}
            where coins.snapshot_at = answers.asked_at
            limit 1 -- noqa: AM09
        ) as coin on true
        {% else %}
        select
            '{{ system }}' as system,
            coins.snapshot_at as asked_at,
            max(coins.{{ fetched_at }}) as fetched_at,
            max(coins.announced_count) as announced_count,
            max(coins.missing_count) as missing_count
        from {{ named(coins, 'coins') }}
        group by 2
        {% endif %}
        {{ 'union all' if not loop.last }}
        {% endfor %}
    )
{%- endmacro %}
