{# `render`, since a build with --empty would else leave a function of no rows. #}
{% set first_places = 'ranks.coin_rank' %}

with

asked as (

    select
        n as most,
        at as latest

),

newest as (

    select
        asked.most,
        (
            select max(known.snapshot_at)
            from {{ named(ref('fct_coin_ranks_1m').render(), 'known') }}
            where known.snapshot_at <= asked.latest
        ) as snapshot_at
    from asked

),

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
    from newest
    inner join {{ named(ref('fct_coin_ranks_1m').render(), 'ranks') }}
        on
            newest.snapshot_at = ranks.snapshot_at
            and newest.most >= ranks.coin_rank
    order by {{ first_places }}

)

select * from top_coins
