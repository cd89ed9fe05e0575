{#
    The keys of the transfers in this model that a change of anything but transfers
    touches: those of a token of which something else is told now, or whose price is
    taken from elsewhere; and those that a changed candle of Binance prices, from its
    close to that of the next complete one, 24 hours at most. Rows (transaction_hash,
    log_index).
#}
{% macro repriced_transfers() -%}
    {%- set candles = ref('fct_candles_1h') -%}
    {%- set listed = named(ref('stg_token_prices'), 'listed') -%}
    (
        with

        tokens as (

            select token_address
            from {{ changed(ref('dim_tokens'), ['token_address']) }} as part
            union
            select token_address
            from {{ changed(ref('stg_token_prices'), ['token_address']) }} as part
            union
            select listed.token_address
            from {{ changed(ref('stg_markets'), ['exchange', 'symbol']) }} as market
            inner join {{ listed }} on market.symbol = listed.symbol
            where market.exchange = 'binance'
            union
            select listed.token_address
            from {{ changed(ref('stg_pegged_assets'), ['asset']) }} as peg
            cross join {{ listed }}
            left outer join {{ named(ref('stg_markets'), 'markets') }}
                on listed.symbol = markets.symbol and markets.exchange = 'binance'
            where peg.asset in (listed.pegged_asset, markets.quote_asset)

        ),

        spans as (

            select
                listed.token_address,
                candle.opened_at + interval '1 hour' as starts_at,
                following.opened_at + interval '1 hour' as ends_at
            from {{ changed(candles, ['exchange', 'symbol', 'opened_at']) }} as candle
            inner join {{ listed }} on candle.symbol = listed.symbol
            left outer join lateral (
                select candles.opened_at
                from {{ named(candles, 'candles') }}
                where
                    candles.exchange = candle.exchange
                    and candles.symbol = candle.symbol
                    and candles.opened_at > candle.opened_at
                    and candles.opened_at <= candle.opened_at + interval '24 hours'
                    and candles.is_complete
                order by candles.opened_at
                limit 1
            ) as following on true
            where candle.exchange = 'binance'

        )

        select
            kept.transaction_hash,
            kept.log_index
        from tokens
        cross join lateral (
            select
                known.transaction_hash,
                known.log_index
            from {{ named(this, 'known') }}
            where known.token_address = tokens.token_address
            -- offset 0: by the index, token by token
            offset 0 -- noqa: AM09
        ) as kept
        union
        select
            kept.transaction_hash,
            kept.log_index
        from spans
        cross join lateral (
            select
                known.transaction_hash,
                known.log_index
            from {{ named(this, 'known') }}
            where
                known.token_address = spans.token_address
                and known.block_at >= spans.starts_at
                and known.block_at <= spans.starts_at + interval '24 hours'
                and known.block_at < coalesce(spans.ends_at, 'infinity')
            offset 0 -- noqa: AM09
        ) as kept
    )
{%- endmacro %}
