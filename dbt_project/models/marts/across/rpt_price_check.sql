{{ config(
    unique_key=['checked_at', 'exchange', 'symbol'],
    lookups=[['exchange', 'symbol', 'checked_at']],
) }}

{% set newest_first = "candles.opened_at desc" %}

with

{% if is_incremental() %}
changed_markets as (

    {{ changed_markets() }}

),
{% endif %}

markets as (

    {{ dollar_markets() }}

),

touched as (

    {% if is_incremental() %}
    select
        part.snapshot_at as checked_at,
        markets.exchange,
        markets.symbol
    from (
        select distinct snapshot_at
        from {{ changed(ref('fct_coin_ranks_1m'), ['snapshot_at']) }} as rank
    ) as part
    cross join markets
    union
    -- a candle is the newest one for an hour at most
    select
        ranks.snapshot_at,
        markets.exchange,
        markets.symbol
    from {{ changed(ref('fct_candles_5m'), [
        'exchange', 'symbol', 'opened_at',
    ]) }} as candle
    inner join markets
        on candle.exchange = markets.exchange and candle.symbol = markets.symbol
    inner join {{ named(ref('fct_coin_ranks_1m'), 'ranks') }}
        on
            markets.coin_id = ranks.coin_id
            and candle.opened_at < ranks.snapshot_at
            and ranks.snapshot_at <= candle.opened_at + interval '66 minutes'
    union
    select
        kept.checked_at,
        kept.exchange,
        kept.symbol
    from changed_markets
    inner join {{ this }} as kept
        on
            changed_markets.exchange = kept.exchange
            and changed_markets.symbol = kept.symbol
    union
    select
        ranks.snapshot_at,
        markets.exchange,
        markets.symbol
    from changed_markets
    inner join markets
        on
            changed_markets.exchange = markets.exchange
            and changed_markets.symbol = markets.symbol
    inner join {{ named(ref('fct_coin_ranks_1m'), 'ranks') }}
        on markets.coin_id = ranks.coin_id
    {% else %}
    select
        ranks.snapshot_at as checked_at,
        markets.exchange,
        markets.symbol
    from {{ named(ref('fct_coin_ranks_1m'), 'ranks') }}
    inner join markets on ranks.coin_id = markets.coin_id
    {% endif %}

),

compared as (

    select
        touched.checked_at,
        touched.exchange,
        touched.symbol,
        ranks.coin_id,
        ranks.price_usd as listed_price_usd,
        candle.close_price as candle_close,
        candle.opened_at + interval '5 minutes' as candle_closed_at
    from touched
    inner join markets
        on touched.exchange = markets.exchange and touched.symbol = markets.symbol
    inner join {{ named(ref('fct_coin_ranks_1m'), 'ranks') }}
        on
            touched.checked_at = ranks.snapshot_at
            and markets.coin_id = ranks.coin_id
    cross join
        lateral (
            select
                candles.opened_at,
                candles.close_price
            from {{ named(ref('fct_candles_5m'), 'candles') }}
            where
                candles.exchange = touched.exchange
                and candles.symbol = touched.symbol
                and candles.opened_at <= ranks.priced_at - interval '5 minutes'
                and candles.opened_at >= ranks.priced_at - interval '65 minutes'
                and candles.is_complete
            order by {{ newest_first }}
            limit 1
        ) as candle
    where ranks.price_usd is not null

),

checks as (

    select
        -- keys
        checked_at,
        exchange,
        symbol,
        -- attributes
        coin_id,
        candle_closed_at,
        -- measures
        listed_price_usd,
        candle_close,
        listed_price_usd / nullif(candle_close, 0) - 1 as difference,
        -- lineage
        now() as updated_at,
        {{ version() }} as changed_in
    from compared
    {% if is_incremental() %}
    union all
    select
        kept.checked_at,
        kept.exchange,
        kept.symbol,
        kept.coin_id,
        kept.candle_closed_at,
        kept.listed_price_usd,
        kept.candle_close,
        kept.difference,
        kept.updated_at,
        null as changed_in
    from touched
    inner join {{ this }} as kept
        on
            touched.checked_at = kept.checked_at
            and touched.exchange = kept.exchange
            and touched.symbol = kept.symbol
    where
        (kept.checked_at, kept.exchange, kept.symbol) not in (
            select
                compared.checked_at,
                compared.exchange,
                compared.symbol
            from compared
        )
    {% endif %}

)

select * from checks
