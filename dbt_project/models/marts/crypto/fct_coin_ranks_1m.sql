{{ config(
    unique_key=['snapshot_at', 'coin_id'],
    lookups=[['coin_id', 'snapshot_at']],
) }}

{% set answers = ref('int_coin_answers__paired') %}
{% set listings = ref('stg_coinmarketcap__listings') %}
{% set toplist = ref('stg_cryptocompare__toplist') %}
{% set most_traded_first = 'listings.coin_id, toplist.source_rank' %}

with

{% if is_incremental() %}
changed_snapshots as (

    select part.snapshot_at
    from {{ changed(answers, ['snapshot_at']) }} as part
    {% for system, coins in {
        'coinmarketcap': listings, 'cryptocompare': toplist
    }.items() %}
    union
    select answer.snapshot_at
    from (
        select distinct part.snapshot_at as asked_at
        from {{ changed(coins, ['snapshot_at']) }} as part
    ) as coins
    cross join
        lateral (
            select answers.snapshot_at
            from {{ named(answers, 'answers') }}
            where
                answers.system = '{{ system }}'
                and answers.asked_at = coins.asked_at
            offset 0 -- noqa: AM09
        ) as answer
    {% endfor %}

),

successors as (

    select (
        select min(kept.snapshot_at)
        from {{ named(this, 'kept') }}
        where kept.snapshot_at > changed_snapshots.snapshot_at
    ) as snapshot_at
    from changed_snapshots

),

-- and the one after each, since it moved against what was before it
touched as (

    select snapshot_at from changed_snapshots
    union
    select snapshot_at from successors
    where snapshot_at is not null

),

predecessors as (

    select (
        select max(kept.snapshot_at)
        from {{ named(this, 'kept') }}
        where kept.snapshot_at < touched.snapshot_at
    ) as snapshot_at
    from touched

),

untouched as (

    select snapshot_at from predecessors
    where snapshot_at is not null
    except
    select snapshot_at from touched

),
{% else %}
touched as (

    select distinct snapshot_at from {{ answers }}

),
{% endif %}

-- of two of CryptoCompare's that have the same id, the more traded one
pairs as (

    select
        touched.snapshot_at,
        pair.*
    from touched
    inner join lateral (
        select
            answers.asked_at,
            answers.partner_at
        from {{ named(answers, 'answers') }}
        where
            answers.snapshot_at = touched.snapshot_at
            and answers.system = 'coinmarketcap'
            and answers.is_ranked
        offset 0 -- noqa: AM09
    ) as answer on true
    cross join lateral (
        select distinct on (listings.coin_id)
            listings.coin_id,
            listings.symbol,
            listings.coin_name,
            listings.price_usd,
            toplist.volume_24h_usd,
            toplist.source_rank,
            listings.priced_at,
            toplist.ranked_at,
            listings.price_updated_at,
            toplist.volume_updated_at,
            listings.missing_count as price_missing_count,
            toplist.missing_count as rank_missing_count,
            abs(extract(epoch from toplist.ranked_at - listings.priced_at))
                as skew_seconds
        from {{ named(toplist, 'toplist') }}
        inner join {{ named(listings, 'listings') }}
            on toplist.listing_id = listings.coin_id
        where
            toplist.snapshot_at = answer.partner_at
            and listings.snapshot_at = answer.asked_at
        order by {{ most_traded_first }}
    ) as pair

),

ranked as (

    select
        pairs.*,
        row_number() over (
            partition by pairs.snapshot_at
            order by pairs.source_rank
        ) as coin_rank
    from pairs

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
        past.snapshot_at,
        past.coin_id,
        past.coin_rank
    from untouched
    inner join lateral (
        select
            kept.snapshot_at,
            kept.coin_id,
            kept.coin_rank
        from {{ named(this, 'kept') }}
        where kept.snapshot_at = untouched.snapshot_at
        offset 0 -- noqa: AM09
    ) as past on true
    {% endif %}

),

snapshots as (

    select
        known.snapshot_at,
        lag(known.snapshot_at) over (order by known.snapshot_at)
            as previous_snapshot_at
    from (select distinct earlier.snapshot_at from earlier) as known

),

ranks as (

    select
        -- keys
        ranked.snapshot_at,
        ranked.coin_rank,
        ranked.coin_id,
        -- attributes
        ranked.symbol,
        ranked.coin_name,
        -- measures
        ranked.price_usd,
        ranked.volume_24h_usd,
        ranked.source_rank,
        earlier.coin_rank as previous_rank,
        earlier.coin_rank - ranked.coin_rank as rank_change,
        snapshots.previous_snapshot_at,
        -- how fresh
        ranked.priced_at,
        ranked.ranked_at,
        ranked.price_updated_at,
        ranked.volume_updated_at,
        ranked.skew_seconds,
        extract(epoch from ranked.priced_at - ranked.price_updated_at)
            as price_age_seconds,
        extract(epoch from ranked.ranked_at - ranked.volume_updated_at)
            as volume_age_seconds,
        -- what the sources left out
        ranked.price_missing_count,
        ranked.rank_missing_count,
        -- lineage
        now() as updated_at,
        {{ version() }} as changed_in
    from ranked
    inner join snapshots on ranked.snapshot_at = snapshots.snapshot_at
    left outer join earlier
        on
            snapshots.previous_snapshot_at = earlier.snapshot_at
            and ranked.coin_id = earlier.coin_id
    {% if is_incremental() %}
    union all
    select
        lost.snapshot_at,
        lost.coin_rank,
        lost.coin_id,
        lost.symbol,
        lost.coin_name,
        lost.price_usd,
        lost.volume_24h_usd,
        lost.source_rank,
        lost.previous_rank,
        lost.rank_change,
        lost.previous_snapshot_at,
        lost.priced_at,
        lost.ranked_at,
        lost.price_updated_at,
        lost.volume_updated_at,
        lost.skew_seconds,
        lost.price_age_seconds,
        lost.volume_age_seconds,
        lost.price_missing_count,
        lost.rank_missing_count,
        lost.updated_at,
        null as changed_in
    from touched
    inner join lateral (
        select kept.*
        from {{ named(this, 'kept') }}
        where kept.snapshot_at = touched.snapshot_at
        offset 0 -- noqa: AM09
    ) as lost on true
    where
        not exists (
            select 1
            from ranked
            where
                ranked.snapshot_at = lost.snapshot_at
                and ranked.coin_id = lost.coin_id
        )
    {% endif %}

)

select * from ranks
