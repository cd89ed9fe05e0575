{#
    The closed 1-minute candles of those pages that the winners did not use up, one row
    per page and place in it, typed and judged: what rejects are drawn from. Of the
    pages that this build reads, most have all their candles among the winners, and are
    not taken apart again.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set good = ref('stg_binance__klines') %}

with

arrived as (

    select
        landed.*,
        landed.request::jsonb ->> 'symbol' as symbol,
        -- a list whose last item is one has as many lists as brackets at most, but for
        -- the outer one
        case
            when landed.payload like '%]]'
                then
                    octet_length(landed.payload)
                    - octet_length(replace(landed.payload, '[', '')) - 1
        end as list_count,
        count(*) over (
            partition by
                landed.request::jsonb ->> 'symbol',
                landed.fetched_at,
                landed._dlt_load_id
        ) as page_count
    from {{ named(source('raw', 'binance__klines'), 'landed') }}
    where landed._dlt_load_id in {{ loads_with(good) }}

),

-- materialized: counted once, and not for each page
used as materialized (

    select
        symbol,
        fetched_at,
        load_id,
        count(*) as used_count,
        max(item_position) as last_position
    from {{ good }}
    where changed_in > {{ last_read(good) }}
    group by 1, 2, 3

),

-- A page is used up if its first items are used, and these are all of its lists. What
-- was used of two pages of one moment says of neither how much.
leftover as (

    select arrived.*
    from arrived
    left outer join used
        on
            {{ keys_match('arrived', 'used', ['symbol', 'fetched_at']) }}
            and arrived._dlt_load_id = used.load_id
    where
        (
            used.used_count = arrived.list_count
            and used.last_position = arrived.list_count
        ) is not true
        or arrived.page_count > 1

),

items as (

    {{ binance_klines('leftover') }}

)

select * from items
