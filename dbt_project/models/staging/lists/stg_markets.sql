{{ config(unique_key=['symbol']) }}

with

listed (symbol, base_asset, quote_asset, coin_id) as (

    values
    ('ADAUSDT', 'ADA', 'USDT', 2010),
    ('AVAXUSDT', 'AVAX', 'USDT', 5805),
    ('BNBUSDT', 'BNB', 'USDT', 1839),
    ('BTCUSDT', 'BTC', 'USDT', 1),
    ('DOGEUSDT', 'DOGE', 'USDT', 74),
    ('DOTUSDT', 'DOT', 'USDT', 6636),
    ('ETHUSDT', 'ETH', 'USDT', 1027),
    ('LINKUSDT', 'LINK', 'USDT', 1975),
    ('LTCUSDT', 'LTC', 'USDT', 2),
    ('SOLUSDT', 'SOL', 'USDT', 5426),
    ('TRXUSDT', 'TRX', 'USDT', 1958),
    ('UNIUSDT', 'UNI', 'USDT', 7083),
    ('XRPUSDT', 'XRP', 'USDT', 52)

),

states as (

    {{ with_gone('listed', this, ['symbol']) }}

),

markets as (

    select
        -- keys
        symbol,
        -- attributes
        base_asset,
        quote_asset,
        coin_id::bigint as coin_id,
        -- lineage
        changed_in
    from states

)

select * from markets
