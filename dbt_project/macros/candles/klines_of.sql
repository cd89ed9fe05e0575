{#
    The closed candles of an exchange's landed `pages`, or what else is in them, each
    with the `reason` why it does not count, null where it does. A query.

    A candle is a list that begins with its time, in seconds or finer, and has at least
    `fewest` elements; `places` are those of its numbers. `is_asked` says of a page that
    it is of minutes, `is_plain` that it has the exchange's own form.
#}
{% macro klines_of(
    pages, places, fewest, is_asked, is_plain='false', in_seconds=false
) %}
{# As it is written: jsonb would make a time of 1.7e12. #}
{% set open_time = open_time_in('parts.item_text', in_seconds) %}
{% set prices = ['open_price', 'high_price', 'low_price', 'close_price'] %}
{% set volumes = places | select('in', [
    'base_volume', 'quote_volume', 'taker_buy_base_volume', 'taker_buy_quote_volume',
]) | list %}
{% set counts = places | select('equalto', 'trade_count') | list %}

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
        {{ is_plain }} as is_plain
    from {{ named(pages, 'arrived') }}
    where {{ is_asked }}
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
            when jsonb_array_length(parts.item) < {{ fewest }}
                then {{ reason('fewer than %s elements', fewest) }}
            when not pages.is_plain and {{ open_time }} is null
                then {{ reason('no open time') }}
            when
                num_nulls(
                    {% for place in places.values() %}
                    {{ number_of('parts.item -> ' ~ place) }}{{ ',' if not loop.last }}
                    {% endfor %}
                ) > 0
                {% for count in counts %}
                or {{ number_of('parts.item -> ' ~ places[count]) }} % 1 != 0
                {% endfor %}
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
        {{ epoch_to_timestamp('items.open_time::numeric', in_seconds) }} as opens_at,
        {% for name, place in places.items() %}
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
        {{ (prices + volumes) | join(',\n        ') }},
        {% for count in counts %}
        case when abs({{ count }}) < 1e18 then {{ count }}::bigint end as {{ count }},
        {% endfor %}
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
                least({{ (volumes + counts) | join(', ') }}) < 0
                then {{ reason('a volume or count below zero') }}
            else coalesce(
                {{ beyond('price', prices) }},
                {{ beyond('volume', volumes) }}
                {{- ', ' ~ beyond('trades', counts) if counts }}
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
