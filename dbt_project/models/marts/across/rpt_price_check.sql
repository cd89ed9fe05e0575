{{ config(
    unique_key=['checked_at', 'exchange', 'symbol'],
    lookups=[['exchange', 'symbol', 'checked_at']],
) }}

{% set key = ['checked_at', 'exchange', 'symbol'] %}
{% set newest_first = "candles.opened_at desc" %}

with

ranks as not materialized (select * from {{ ref('fct_coin_ranks_1m') }}),

candles as not materialized (select * from {{ ref('fct_candles_5m') }}),

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
    from {{ changed(ref('fct_candles_5m'), key[1:] + ['opened_at']) }} as candle
    inner join markets
        on candle.exchange = markets.exchange and candle.symbol = markets.symbol
    inner join ranks
        on
            markets.coin_id = ranks.coin_id
            and candle.opened_at < ranks.snapshot_at
            and ranks.snapshot_at <= candle.opened_at + interval '66 minutes'
    union
    select kept.{{ key | join(', kept.') }}
    from changed_markets
    inner join {{ this }} as kept
        on {{ keys_match('changed_markets', 'kept', key[1:]) }}
    union
    select
        ranks.snapshot_at,
        markets.exchange,
        markets.symbol
    from changed_markets
    inner join markets on {{ keys_match('changed_markets', 'markets', key[1:]) }}
    inner join ranks on markets.coin_id = ranks.coin_id
    {% else %}
    select
        ranks.snapshot_at as checked_at,
        markets.exchange,
        markets.symbol
    from ranks
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
    inner join ranks
        on touched.checked_at = ranks.snapshot_at and markets.coin_id = ranks.coin_id
    cross join
        lateral (
            select
                candles.opened_at,
                candles.close_price
            from candles
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

{% if is_incremental() %}
stored as (

    select kept.{{ key | join(', kept.') }}
    from touched
    inner join {{ this }} as kept on {{ keys_match('touched', 'kept', key) }}

),
{% endif %}

states as (

    {{ with_gone('compared', 'stored', key) }}

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
        changed_in
    from states

)

select * from checks
