{#
    The closed candles of some landed `pages` of Binance's, or what else is in them, each
    with the `reason` why it does not count, null where it does. A query.
#}
{% macro klines_of(pages) %}
{# As it is written: jsonb would make a time of 1.7e12. #}
{% set open_time = "substring("
    ~ "parts.item_text from '^\\s*\\[\\s*\"?([0-9]{13,16})\"?\\s*[],]')" %}
{% set prices = ['open_price', 'high_price', 'low_price', 'close_price'] %}
{% set volumes = [
    'base_volume', 'quote_volume', 'taker_buy_base_volume', 'taker_buy_quote_volume',
] %}

with

-- in order, since rows that come sorted cost little to sort
landed as (

    select
        _dlt_load_id as load_id,
        request,
        payload,
        fetched_at,
        {{ shortened("request::jsonb ->> 'symbol'") }} as symbol,
        request::jsonb ->> 'symbol' as asked_symbol,
        coalesce(answered_at, fetched_at) as known_at,
        {{ is_plain_klines('payload') }} as is_plain
    from {{ named(pages, 'arrived') }}
    where request::jsonb ->> 'interval' = '1m'
    order by 5, 4
    -- offset 0: judged once, though the next asks again
    offset 0 -- noqa: AM09

),

-- materialized: the page is found by its load before it is taken apart
pages as materialized (

    select
        load_id,
        request,
        fetched_at,
        symbol,
        asked_symbol,
        known_at,
        is_plain,
        case
            when is_plain or payload is json then payload
            else {{ strict_json('payload') }}
        end as payload
    from landed

),

items as (

    select
        pages.*,
        parts.item,
        parts.item_position,
        case
            when pages.is_plain then parts.item ->> 0
            else {{ open_time }}
        end as open_time,
        case
            -- of a plain page, so small, all numbers can be read
            when pages.is_plain and pg_column_size(parts.item) <= 400 then null
            when parts.item is null then {{ reason('not readable as JSON') }}
            when jsonb_typeof(parts.item) != 'array' then {{ reason('not a list') }}
            when jsonb_array_length(parts.item) < 11
                then {{ reason('fewer than 11 elements') }}
            when not pages.is_plain and {{ open_time }} is null
                then {{ reason('no open time') }}
            when
                num_nulls(
                    {% for place in [1, 2, 3, 4, 5, 7, 9, 10] %}
                    {{ number_of('parts.item -> ' ~ place) }},
                    {% endfor %}
                    {{ number_of('parts.item -> 8') }}
                ) > 0
                or {{ number_of('parts.item -> 8') }} % 1 != 0
                then {{ reason('not a number where one belongs') }}
        end as unreadable
    from pages
    cross join lateral {{ json_items('pages.payload', 'pages.is_plain') }} as parts
    -- offset 0: judged once, though each cast below asks
    offset 0 -- noqa: AM09

),

klines as (

    select
        items.*,
        {{ epoch_to_timestamp('items.open_time::numeric') }} as opens_at,
        {% for place, name in [
            (1, 'open_price'), (2, 'high_price'), (3, 'low_price'),
            (4, 'close_price'), (5, 'base_volume'), (7, 'quote_volume'),
            (8, 'trade_count'),
            (9, 'taker_buy_base_volume'), (10, 'taker_buy_quote_volume'),
        ] %}
        case
            when items.unreadable is not null then null
            when items.is_plain then (items.item ->> {{ place }})::numeric
            else {{ number_of('items.item -> ' ~ place) }}
        end as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from items
    -- offset 0: cast once, though the rules below read the numbers again
    offset 0 -- noqa: AM09

),

judged as (

    select
        -- keys
        symbol,
        {{ bucket('opens_at', '1 minute') }} as opened_at,
        -- measures
        open_price,
        high_price,
        low_price,
        close_price,
        base_volume,
        quote_volume,
        taker_buy_base_volume,
        taker_buy_quote_volume,
        case when abs(trade_count) < 1e18 then trade_count::bigint end as trade_count,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        request,
        item,
        case
            {{ too_long('asked_symbol', 'a symbol') }}
            when unreadable is not null then unreadable
            when opens_at > known_at then {{ reason('opens in the future') }}
            when low_price <= 0 then {{ reason('a price of zero or less') }}
            when low_price > least(open_price, close_price)
                then {{ reason('low above a price') }}
            when high_price < greatest(open_price, close_price)
                then {{ reason('high below a price') }}
            when
                least(
                    base_volume,
                    quote_volume,
                    taker_buy_base_volume,
                    taker_buy_quote_volume,
                    trade_count
                ) < 0
                then {{ reason('a volume or count below zero') }}
            else coalesce(
                {{ beyond('price', prices) }},
                {{ beyond('volume', volumes) }},
                {{ beyond('trades', ['trade_count']) }}
            )
        end as reason
    from klines
    where
        unreadable is not null
        or opens_at + interval '1 minute' <= known_at
        or opens_at > known_at

)

select * from judged
{% endmacro %}
