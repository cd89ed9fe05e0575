{{ config(
    unique_key=['system', 'asked_at'],
    grouped_by=['snapshot_at'],
    lookups=[['fetched_at'], ['snapshot_at']],
) }}

{# Both sources of a ranking, and what their staging calls the time of an answer. #}
{% set sources = {
    'coinmarketcap': (ref('stg_coinmarketcap__listings'), 'priced_at'),
    'cryptocompare': (ref('stg_cryptocompare__toplist'), 'ranked_at'),
} %}
{% set apart = "interval '60 seconds'" %}
{% set earlier_first = 'fetched_at, asked_at, system' %}
{% set so_far = 'order by place' %}
{% set onwards = 'order by place rows between current row and unbounded following' %}

with

{% if is_incremental() %}
changed_answers as (

    {% for system, (coins, _) in sources.items() %}
    select distinct
        '{{ system }}' as system,
        part.snapshot_at as asked_at
    from {{ changed(coins, ['snapshot_at']) }} as part
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

arrived as (

    {% for system, (coins, fetched_at) in sources.items() %}
    select
        changed_answers.system,
        changed_answers.asked_at,
        answer.fetched_at,
        answer.announced_count,
        answer.missing_count
    from changed_answers
    cross join
        lateral (
            select
                coins.{{ fetched_at }} as fetched_at,
                coins.announced_count,
                coins.missing_count
            from {{ named(coins, 'coins') }}
            where coins.snapshot_at = changed_answers.asked_at
            limit 1 -- noqa: AM09
        ) as answer
    where changed_answers.system = '{{ system }}'
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- as they were before
former as (

    select kept.*
    from changed_answers
    cross join lateral (
        select this.*
        from {{ named(this, 'this') }}
        where
            this.system = changed_answers.system
            and this.asked_at = changed_answers.asked_at
        offset 0 -- noqa: AM09
    ) as kept

),

moments as (

    select fetched_at from arrived
    union
    select fetched_at from former

),

-- who is whose nearest changes within a minute of a moment, and so does who is theirs
regions as (

    select
        range_agg(
            tstzrange(fetched_at - 2 * {{ apart }}, fetched_at + 2 * {{ apart }}, '[]')
        ) as affected,
        range_agg(
            tstzrange(fetched_at - 4 * {{ apart }}, fetched_at + 4 * {{ apart }}, '[]')
        ) as looked_at
    from moments

),

around as (

    select kept.*
    from (select unnest(regions.looked_at) as span from regions) as spans
    cross join
        lateral (
            select this.*
            from {{ named(this, 'this') }}
            where
                this.fetched_at >= lower(spans.span)
                and this.fetched_at <= upper(spans.span)
            offset 0 -- noqa: AM09
        ) as kept
    where
        (kept.system, kept.asked_at) not in (
            select
                changed_answers.system,
                changed_answers.asked_at
            from changed_answers
        )

),

answers as (

    select * from arrived
    union all
    select
        system,
        asked_at,
        fetched_at,
        announced_count,
        missing_count
    from around

),
{% else %}
answers as (

    {% for system, (coins, fetched_at) in sources.items() %}
    select
        '{{ system }}' as system,
        coins.snapshot_at as asked_at,
        max(coins.{{ fetched_at }}) as fetched_at,
        max(coins.announced_count) as announced_count,
        max(coins.missing_count) as missing_count
    from {{ named(coins, 'coins') }}
    group by 2
    {{ 'union all' if not loop.last }}
    {% endfor %}

),
{% endif %}

placed as (

    select
        *,
        system = 'coinmarketcap' as is_price,
        row_number() over (order by {{ earlier_first }}) as place
    from answers

),

-- of the other source, the answer before and the one after
flanked as (

    select
        *,
        case
            when is_price
                then max(place) filter (where not is_price) over ({{ so_far }})
            else max(place) filter (where is_price) over ({{ so_far }})
        end as place_before,
        case
            when is_price
                then min(place) filter (where not is_price) over ({{ onwards }})
            else min(place) filter (where is_price) over ({{ onwards }})
        end as place_after
    from placed

),

nearest as (

    select
        flanked.*,
        case
            when earlier.place is null then later.place
            when
                later.fetched_at - flanked.fetched_at
                < flanked.fetched_at - earlier.fetched_at
                then later.place
            else earlier.place
        end as nearest_place
    from flanked
    left outer join placed as earlier on flanked.place_before = earlier.place
    left outer join placed as later on flanked.place_after = later.place

),

paired as (

    select
        nearest.system,
        nearest.asked_at,
        nearest.fetched_at,
        nearest.announced_count,
        nearest.missing_count,
        other.asked_at as partner_at,
        {{ bucket('least(nearest.asked_at, other.asked_at)', '1 minute') }}
            as snapshot_at
    from nearest
    left outer join nearest as other
        on
            nearest.nearest_place = other.place
            and nearest.place = other.nearest_place
            and nearest.fetched_at - other.fetched_at
            between -{{ apart }} and {{ apart }}

),

{% if is_incremental() %}
affected as (

    select paired.*
    from paired
    inner join regions on regions.affected @> paired.fetched_at

),

minutes as (

    select snapshot_at from affected
    union
    select snapshot_at from former
    union
    select around.snapshot_at
    from around
    inner join affected
        on around.system = affected.system and around.asked_at = affected.asked_at

),

-- of two pairs of a minute one counts, so what else is of these minutes
members as (

    select * from affected
    union all
    select
        kept.system,
        kept.asked_at,
        kept.fetched_at,
        kept.announced_count,
        kept.missing_count,
        kept.partner_at,
        kept.snapshot_at
    from minutes
    cross join
        lateral (
            select this.*
            from {{ named(this, 'this') }}
            where this.snapshot_at = minutes.snapshot_at
            offset 0 -- noqa: AM09
        ) as kept
    where
        (kept.system, kept.asked_at) not in (
            select
                affected.system,
                affected.asked_at
            from affected
            union all
            select
                changed_answers.system,
                changed_answers.asked_at
            from changed_answers
        )

),
{% else %}
members as (

    select * from paired

),
{% endif %}

ranked as (

    select
        -- keys
        system,
        asked_at,
        -- attributes
        fetched_at,
        partner_at,
        snapshot_at,
        partner_at is not null
        and row_number() over (
            partition by system, snapshot_at, partner_at is null
            order by fetched_at desc, asked_at desc
        ) = 1 as is_ranked,
        -- measures
        announced_count,
        missing_count,
        -- lineage
        now() as updated_at,
        {{ version() }} as changed_in
    from members
    {% if is_incremental() %}
    union all
    select
        former.system,
        former.asked_at,
        former.fetched_at,
        former.partner_at,
        former.snapshot_at,
        former.is_ranked,
        former.announced_count,
        former.missing_count,
        former.updated_at,
        null as changed_in
    from former
    where
        (former.system, former.asked_at) not in (
            select
                arrived.system,
                arrived.asked_at
            from arrived
        )
    {% endif %}

)

select * from ranked
