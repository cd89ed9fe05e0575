{{ config(unique_key=['exchange', 'symbol']) }}

with

listed (exchange, symbol, base_asset, quote_asset, coin_id) as (

    values
    ('binance', 'ADAUSDT', 'ADA', 'USDT', 2010),
    ('binance', 'AVAXUSDT', 'AVAX', 'USDT', 5805),
    ('binance', 'BNBUSDT', 'BNB', 'USDT', 1839),
    ('binance', 'BTCUSDT', 'BTC', 'USDT', 1),
    ('binance', 'DOGEUSDT', 'DOGE', 'USDT', 74),
    ('binance', 'DOTUSDT', 'DOT', 'USDT', 6636),
    ('binance', 'ETHUSDT', 'ETH', 'USDT', 1027),
    ('binance', 'LINKUSDT', 'LINK', 'USDT', 1975),
    ('binance', 'LTCUSDT', 'LTC', 'USDT', 2),
    ('binance', 'SOLUSDT', 'SOL', 'USDT', 5426),
    ('binance', 'TRXUSDT', 'TRX', 'USDT', 1958),
    ('binance', 'UNIUSDT', 'UNI', 'USDT', 7083),
    ('binance', 'XRPUSDT', 'XRP', 'USDT', 52),
    ('coinbase', 'BTC-USD', 'BTC', 'USD', 1),
    ('coinbase', 'ETH-USD', 'ETH', 'USD', 1027)

),

states as (

    {{ with_gone('listed', this, ['exchange', 'symbol']) }}

),

markets as (

    select
        -- keys
        exchange,
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
