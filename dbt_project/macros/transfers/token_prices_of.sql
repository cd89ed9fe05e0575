{#
    The dollar prices of tokens in the hours in which they were transferred: a query
    with one row per token_address and hour_at, price_usd, and closed_at, when the
    candle closed that the price is of.

    `transfers` is a relation with token_address and block_at. A token is priced by the
    newest complete hourly candle of its market, at Binance, that had closed by the
    hour's start, and so by any time in the hour; that it is at most 24 hours old then
    is for the caller to see. One that is pegged to the dollar itself is worth one, at
    any time: its closed_at is null. A market's quote asset must be pegged to the
    dollar.
#}
{% macro token_prices_of(transfers) -%}
    {%- set candles = ref('fct_candles_1h') -%}
    select
        hours.token_address,
        hours.hour_at,
        case when hours.symbol is null then 1 else candle.close_price end as price_usd,
        candle.closed_at
    from (
        select distinct
            listed.token_address,
            listed.symbol,
            {{ bucket('transfers.block_at', '1 hour') }} as hour_at
        from {{ transfers }} as transfers
        inner join {{ named(ref('stg_token_prices'), 'listed') }}
            on transfers.token_address = listed.token_address
        left outer join {{ named(ref('stg_markets'), 'markets') }}
            on listed.symbol = markets.symbol and markets.exchange = 'binance'
        inner join {{ named(ref('stg_pegged_assets'), 'pegs') }}
            on coalesce(listed.pegged_asset, markets.quote_asset) = pegs.asset
        where pegs.currency = 'USD'
    ) as hours
    left outer join lateral (
        select
            candles.close_price,
            candles.opened_at + interval '1 hour' as closed_at
        from {{ named(candles, 'candles') }}
        where
            candles.exchange = 'binance'
            and candles.symbol = hours.symbol
            and candles.opened_at <= hours.hour_at - interval '1 hour'
            and candles.opened_at >= hours.hour_at - interval '25 hours'
            and candles.is_complete
        order by candles.opened_at desc
        limit 1
    ) as candle on true
    where hours.symbol is null or candle.close_price is not null
{%- endmacro %}
