{{ config(materialized='view') }}

with

ranks as not materialized (select * from {{ ref('fct_coin_ranks_1m') }}),

snapshots as (

    select distinct
        snapshot_at,
        previous_snapshot_at
    from ranks
    where previous_snapshot_at is not null

),

moves as (

    select
        ranks.snapshot_at,
        ranks.coin_id,
        ranks.symbol,
        ranks.coin_name,
        case
            when ranks.previous_rank is null then 'entered'
            when ranks.rank_change > 0 then 'up'
            else 'down'
        end as movement,
        ranks.coin_rank,
        ranks.previous_rank,
        ranks.rank_change
    from ranks
    where
        ranks.previous_snapshot_at is not null
        and ranks.rank_change is distinct from 0
    union all
    select
        snapshots.snapshot_at,
        earlier.coin_id,
        earlier.symbol,
        earlier.coin_name,
        'left' as movement,
        null as coin_rank,
        earlier.coin_rank as previous_rank,
        null as rank_change
    from snapshots
    inner join ranks as earlier
        on snapshots.previous_snapshot_at = earlier.snapshot_at
    where
        not exists (
            select 1
            from ranks
            where
                ranks.snapshot_at = snapshots.snapshot_at
                and ranks.coin_id = earlier.coin_id
        )

)

select * from moves
