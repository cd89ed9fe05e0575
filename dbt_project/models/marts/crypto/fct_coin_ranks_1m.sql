{{ config(
    unique_key=['snapshot_at', 'coin_id'],
    lookups=[['coin_id', 'snapshot_at']],
) }}

with

{% if is_incremental() %}
stored as not materialized (select * from {{ this }}),

near as (

    select * from {{ near_snapshots() }} as part

),

former as (

    select
        held.snapshot_at,
        held.coin_id,
        held.coin_rank,
        near.is_touched
    from near
    cross join lateral (
        select stored.*
        from stored
        where stored.snapshot_at = near.snapshot_at
        offset 0 -- noqa: AM09
    ) as held

),
{% endif %}

touched as (

    {% if is_incremental() %}
    select snapshot_at from near
    where is_touched
    {% else %}
    select distinct snapshot_at from {{ ref('int_coin_answers__paired') }}
    {% endif %}

),

ranked as (

    {{ ranked_coins('touched') }}

),

earlier as (

    select
        snapshot_at,
        coin_id,
        coin_rank
    from ranked
    {% if is_incremental() %}
    union all
    select
        former.snapshot_at,
        former.coin_id,
        former.coin_rank
    from former
    where not former.is_touched
    {% endif %}

),

snapshots as (

    select
        known.snapshot_at,
        lag(known.snapshot_at) over (order by known.snapshot_at)
            as previous_snapshot_at
    from (select distinct earlier.snapshot_at from earlier) as known

),

{% if is_incremental() %}
former_coins as (

    select
        snapshot_at,
        coin_id
    from former
    where is_touched

),
{% endif %}

placed as (

    {{ with_gone('ranked', 'former_coins', ['snapshot_at', 'coin_id']) }}

),

ranks as (

    select
        -- keys
        placed.snapshot_at,
        placed.coin_rank,
        placed.coin_id,
        -- attributes
        placed.symbol,
        placed.coin_name,
        -- measures
        placed.price_usd,
        placed.volume_24h_usd,
        placed.source_rank,
        earlier.coin_rank as previous_rank,
        earlier.coin_rank - placed.coin_rank as rank_change,
        snapshots.previous_snapshot_at,
        -- how fresh
        placed.priced_at,
        placed.ranked_at,
        placed.price_updated_at,
        placed.volume_updated_at,
        placed.skew_seconds,
        extract(epoch from placed.priced_at - placed.price_updated_at)
            as price_age_seconds,
        extract(epoch from placed.ranked_at - placed.volume_updated_at)
            as volume_age_seconds,
        -- what the sources left out
        placed.price_missing_count,
        placed.rank_missing_count,
        -- lineage
        now() as updated_at,
        placed.changed_in
    from placed
    left outer join snapshots on placed.snapshot_at = snapshots.snapshot_at
    left outer join earlier
        on
            snapshots.previous_snapshot_at = earlier.snapshot_at
            and placed.coin_id = earlier.coin_id

)

select * from ranks
