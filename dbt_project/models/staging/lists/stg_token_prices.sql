{{ config(unique_key=['token_address']) }}

with

listed (token_address, symbol, pegged_asset) as (

    values
    ('0x1f9840a85d5af5bf1d1762f925bdaddc4201f984', 'UNIUSDT', null),
    ('0x2260fac5e5542a773aa44fbcfedf7c193bc2c599', 'BTCUSDT', null),
    ('0x514910771af9ca656af840dff83e8264ecf986ca', 'LINKUSDT', null),
    ('0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48', null, 'USDC'),
    ('0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2', 'ETHUSDT', null),
    ('0xdac17f958d2ee523a2206206994597c13d831ec7', null, 'USDT')

),

states as (

    {{ with_gone('listed', this, ['token_address']) }}

),

token_prices as (

    select
        -- keys
        token_address,
        -- attributes
        symbol,
        pegged_asset,
        -- lineage
        changed_in
    from states

)

select * from token_prices
