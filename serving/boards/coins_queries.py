"""What the coins board asks of the marts: the newest ranking, and those before."""

KNOWN = """
select coin_id, coin_rank || ' · ' || symbol || ' · ' || coin_name
from marts.rpt_top_coins
order by coin_rank
limit 200
"""
NEWEST = """
newest as (
    select max(snapshot_at) as snapshot_at
    from marts.fct_coin_ranks_1m
    where snapshot_at < coalesce(%(to)s, 'infinity'::timestamptz)
)
"""
# each is held against the newest snapshot that was there so long before
TOP = f"""
with {NEWEST},

earlier as materialized (
    select
        spans.ago,
        (
            select max(ranks.snapshot_at)
            from marts.fct_coin_ranks_1m as ranks
            where ranks.snapshot_at <= newest.snapshot_at - spans.ago
        ) as snapshot_at
    from newest
    cross join (
        values (interval '1 hour'), (interval '1 day'), (interval '1 week')
    ) as spans (ago)
),

top as (
    select ranks.*
    from newest
    inner join marts.fct_coin_ranks_1m as ranks
        on newest.snapshot_at = ranks.snapshot_at
    where ranks.coin_rank <= %(n)s
),

moves as (
    select
        top.coin_id,
        earlier.ago,
        earlier.snapshot_at,
        case
            when ranks.coin_id is null then 'new'
            when ranks.coin_rank > top.coin_rank
                then '▲ ' || ranks.coin_rank - top.coin_rank
            when ranks.coin_rank < top.coin_rank
                then '▼ ' || top.coin_rank - ranks.coin_rank
            else '='
        end as places,
        round((top.price_usd / nullif(ranks.price_usd, 0) - 1) * 100, 2) as price
    from top
    cross join earlier
    left join marts.fct_coin_ranks_1m as ranks
        on
            earlier.snapshot_at = ranks.snapshot_at
            and top.coin_id = ranks.coin_id
    where earlier.snapshot_at is not null
)

select
    top.coin_rank as "Rank",
    top.symbol as "Symbol",
    top.coin_name as "Coin",
    top.price_usd as "Price, USD",
    top.volume_24h_usd as "Volume in 24 hours, USD",
    hours.places as "Rank, 1 hour",
    days.places as "Rank, 1 day",
    weeks.places as "Rank, 1 week",
    hours.price as "Price, 1 hour, %%",
    days.price as "Price, 1 day, %%",
    weeks.price as "Price, 1 week, %%",
    top.snapshot_at as "Snapshot",
    hours.snapshot_at as "1 hour before",
    days.snapshot_at as "1 day before",
    weeks.snapshot_at as "1 week before"
from top
left join moves as hours
    on top.coin_id = hours.coin_id and hours.ago = interval '1 hour'
left join moves as days
    on top.coin_id = days.coin_id and days.ago = interval '1 day'
left join moves as weeks
    on top.coin_id = weeks.coin_id and weeks.ago = interval '1 week'
order by top.coin_rank
"""  # noqa: S608 - a constant
MOVERS = f"""
with {NEWEST},

spans as (
    select
        newest.snapshot_at,
        (
            select max(ranks.snapshot_at)
            from marts.fct_coin_ranks_1m as ranks
            where ranks.snapshot_at <= newest.snapshot_at - interval '1 {{against}}'
        ) as earlier_at
    from newest
)

select
    ranks.symbol,
    ranks.coin_name,
    earlier.coin_rank - ranks.coin_rank as rank_change,
    ranks.coin_rank,
    earlier.coin_rank as earlier_rank,
    ranks.snapshot_at,
    earlier.snapshot_at as earlier_at
from spans
inner join marts.fct_coin_ranks_1m as ranks
    on spans.snapshot_at = ranks.snapshot_at
inner join marts.fct_coin_ranks_1m as earlier
    on spans.earlier_at = earlier.snapshot_at and ranks.coin_id = earlier.coin_id
where
    least(ranks.coin_rank, earlier.coin_rank) <= %(n)s
    and ranks.coin_rank != earlier.coin_rank
order by abs(earlier.coin_rank - ranks.coin_rank) desc, ranks.coin_rank
limit 25
"""  # noqa: S608 - a constant
CHANGES = f"""
with {NEWEST}

select
    movement as "Movement",
    symbol as "Symbol",
    coin_name as "Coin",
    previous_rank as "Rank before",
    coin_rank as "Rank",
    rank_change as "Places won",
    snapshot_at as "Snapshot"
from marts.rpt_coin_moves
where
    snapshot_at = (select snapshot_at from newest)
    and least(coin_rank, previous_rank) <= %(n)s
order by movement not in ('entered', 'left'), abs(rank_change) desc, coin_id
limit 1000
"""  # noqa: S608 - a constant
# from the newest snapshot back, each at least so much before the last; without a rank
# where the coin was not among those of the snapshot
RANKS = """
with recursive

times (snapshot_at, place) as (
    select max(snapshot_at), 1
    from marts.fct_coin_ranks_1m
    where snapshot_at < coalesce(%(to)s, 'infinity'::timestamptz)
    union all
    select
        (
            select max(earlier.snapshot_at)
            from marts.fct_coin_ranks_1m as earlier
            where
                earlier.snapshot_at <= times.snapshot_at - interval '{every}'
                and earlier.snapshot_at >= coalesce(%(from)s, '-infinity'::timestamptz)
        ),
        times.place + 1
    from times
    where times.snapshot_at is not null and times.place < 2000
),

ranks as (
    select
        times.snapshot_at,
        ranks.symbol,
        ranks.coin_rank,
        ranks.price_usd,
        ranks.volume_24h_usd,
        count(ranks.coin_rank) over () as known_count
    from times
    left join marts.fct_coin_ranks_1m as ranks
        on
            times.snapshot_at = ranks.snapshot_at
            and ranks.coin_id = case
                when %(coin)s::text ~ '^[0-9]{{1,18}}$' then %(coin)s::text::bigint
            end
    where times.snapshot_at >= coalesce(%(from)s, '-infinity'::timestamptz)
)

select snapshot_at, symbol, coin_rank, price_usd, volume_24h_usd
from ranks
where known_count > 0
order by snapshot_at
"""
UNMATCHED = f"""
with {NEWEST}

select
    coins.source as "Source",
    coins.source_rank as "Rank there",
    coins.symbol as "Symbol",
    coins.coin_name as "Coin",
    coins.coin_id::text as "Its id there",
    coins.snapshot_at as "Snapshot"
from marts.rpt_unmatched_coins as coins
where
    coins.snapshot_at < coalesce(%(to)s, 'infinity'::timestamptz)
    and coins.snapshot_at >= coalesce(
        (select newest.snapshot_at from newest), '-infinity'
    )
    and coins.snapshot_at < coalesce(
        (select newest.snapshot_at + interval '1 hour' from newest), 'infinity'
    )
order by coins.snapshot_at desc, coins.source, coins.source_rank
limit 1000
"""  # noqa: S608 - a constant
