{{ config(materialized='view') }}

{% set first_places = 'coin_rank' %}

with

ranks as not materialized (select * from {{ ref('fct_coin_ranks_1m') }}),

top_coins as (

    select
        ranks.snapshot_at,
        ranks.coin_rank,
        ranks.coin_id,
        ranks.symbol,
        ranks.coin_name,
        ranks.price_usd,
        ranks.volume_24h_usd,
        ranks.source_rank,
        ranks.previous_rank,
        ranks.rank_change,
        ranks.previous_snapshot_at,
        ranks.priced_at,
        ranks.ranked_at,
        ranks.price_updated_at,
        ranks.volume_updated_at,
        ranks.skew_seconds,
        ranks.price_age_seconds,
        ranks.volume_age_seconds,
        ranks.price_missing_count,
        ranks.rank_missing_count,
        ranks.updated_at
    from ranks
    where
        ranks.snapshot_at = (
            select max(newest.snapshot_at)
            from ranks as newest
        )

)

-- the view's own order, which no CTE could promise
select * from top_coins -- noqa: CV13
order by {{ first_places }}
