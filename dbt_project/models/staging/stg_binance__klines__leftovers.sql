{{ config(materialized='ephemeral') }}

{% set good = ref('stg_binance__klines') %}

with

arrived as (

    select
        landed.*,
        landed.request::jsonb ->> 'symbol' as symbol,
        -- a plain page has as many candles as brackets, but for the outer one
        case
            when {{ is_plain_klines('landed.payload') }}
                then
                    octet_length(landed.payload)
                    - octet_length(replace(landed.payload, '[', '')) - 1
        end as item_count,
        count(*) over (
            partition by
                landed.request::jsonb ->> 'symbol',
                landed.fetched_at,
                landed._dlt_load_id
        ) as page_count
    from {{ named(source('raw', 'binance__klines'), 'landed') }}
    where landed._dlt_load_id in {{ loads_with(good) }}

),

used as (

    select
        symbol,
        fetched_at,
        load_id,
        count(*) as used_count
    from {{ good }}
    where changed_in > {{ last_read(good) }}
    group by 1, 2, 3

),

-- what was used of two pages of one moment says of neither how much
leftover as (

    select arrived.*
    from arrived
    left outer join used
        on
            {{ keys_match('arrived', 'used', ['symbol', 'fetched_at']) }}
            and arrived._dlt_load_id = used.load_id
    where
        coalesce(used.used_count, 0) is distinct from arrived.item_count
        or arrived.page_count > 1

),

items as (

    {{ klines_of('leftover') }}

)

select * from items
