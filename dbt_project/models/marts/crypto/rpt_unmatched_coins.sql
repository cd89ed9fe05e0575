{{ config(materialized='view') }}

with

unmatched as (

    select
        listings.snapshot_at,
        'coinmarketcap' as source, -- noqa: RF04
        listings.coin_id,
        listings.symbol,
        listings.coin_name,
        listings.source_rank
    from {{ named(ref('stg_coinmarketcap__listings'), 'listings') }}
    where
        not exists (
            select 1
            from {{ named(ref('fct_coin_ranks_1m'), 'ranks') }}
            where
                ranks.snapshot_at = listings.snapshot_at
                and ranks.coin_id = listings.coin_id
        )
    union all
    select
        toplist.snapshot_at,
        'cryptocompare' as source, -- noqa: RF04
        toplist.coin_id,
        toplist.symbol,
        toplist.coin_name,
        toplist.source_rank
    from {{ named(ref('stg_cryptocompare__toplist'), 'toplist') }}
    where
        not exists (
            select 1
            from {{ named(ref('fct_coin_ranks_1m'), 'ranks') }}
            where
                ranks.snapshot_at = toplist.snapshot_at
                and ranks.coin_id = toplist.listing_id
                and ranks.source_rank = toplist.source_rank
        )

)

select * from unmatched
