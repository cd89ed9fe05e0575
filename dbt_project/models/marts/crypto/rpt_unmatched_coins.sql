{{ config(materialized='view') }}

{% set answers, ranks = ref('int_coin_answers__paired'), ref('fct_coin_ranks_1m') %}

with

unmatched as (

    select
        answers.snapshot_at,
        'coinmarketcap' as source, -- noqa: RF04
        listings.coin_id,
        listings.symbol,
        listings.coin_name,
        listings.source_rank,
        answers.fetched_at
    from {{ named(answers, 'answers') }}
    inner join {{ named(ref('stg_coinmarketcap__listings'), 'listings') }}
        on answers.asked_at = listings.snapshot_at
    where
        answers.system = 'coinmarketcap'
        and not exists (
            select 1
            from {{ named(ranks, 'ranks') }}
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
    from {{ named(answers, 'answers') }}
    inner join {{ named(ref('stg_cryptocompare__toplist'), 'toplist') }}
        on answers.asked_at = toplist.snapshot_at
    where
        answers.system = 'cryptocompare'
        and not exists (
            select 1
            from {{ named(ranks, 'ranks') }}
            where
                answers.is_ranked
                and ranks.snapshot_at = answers.snapshot_at
                and ranks.coin_id = toplist.listing_id
                and ranks.source_rank = toplist.source_rank
        )

)

select * from unmatched
