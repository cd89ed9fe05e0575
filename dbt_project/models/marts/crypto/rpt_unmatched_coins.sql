{{ config(materialized='view') }}

with

answers as not materialized (select * from {{ ref('int_coin_answers__paired') }}),

ranks as not materialized (select * from {{ ref('fct_coin_ranks_1m') }}),

listings as not materialized (select * from {{ ref('stg_coinmarketcap__listings') }}),

toplist as not materialized (select * from {{ ref('stg_cryptocompare__toplist') }}),

unmatched as (

    select
        answers.snapshot_at,
        'coinmarketcap' as source, -- noqa: RF04
        listings.coin_id,
        listings.symbol,
        listings.coin_name,
        listings.source_rank,
        answers.fetched_at
    from answers
    inner join listings
        on answers.asked_at = listings.snapshot_at
    where
        answers.system = 'coinmarketcap'
        and not exists (
            select 1
            from ranks
            where
                answers.is_ranked
                and ranks.snapshot_at = answers.snapshot_at
                and ranks.coin_id = listings.coin_id
        )
    union all
    select
        answers.snapshot_at,
        'cryptocompare' as source, -- noqa: RF04
        toplist.coin_id,
        toplist.symbol,
        toplist.coin_name,
        toplist.source_rank,
        answers.fetched_at
    from answers
    inner join toplist
        on answers.asked_at = toplist.snapshot_at
    where
        answers.system = 'cryptocompare'
        and not exists (
            select 1
            from ranks
            where
                answers.is_ranked
                and ranks.snapshot_at = answers.snapshot_at
                and ranks.coin_id = toplist.listing_id
                and ranks.source_rank = toplist.source_rank
        )

)

select * from unmatched
