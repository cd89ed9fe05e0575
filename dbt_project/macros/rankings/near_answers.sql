{#
    The answers that pair anew in an increment: the changed ones, nulls for one that has
    gone, and stored ones that are near enough in time for it to matter to them. A query:
    the columns of `whole_answers`, `stood_at`, the minute that they were stored under,
    and `is_affected`, whether their own partner may be another. Two pair that are
    `apart` at most.
#}
{% macro near_answers(apart) -%}
    with

    arrived as (

        select
            answers.*,
            kept.fetched_at as stood_fetched_at,
            kept.snapshot_at as stood_at
        from {{ whole_answers() }} as answers
        left outer join lateral (
            select stored.*
            from {{ named(this, 'stored') }}
            where
                stored.system = answers.system
                and stored.asked_at = answers.asked_at
            offset 0 -- noqa: AM09
        ) as kept on true

    ),

    moments as (

        select fetched_at from arrived
        where fetched_at is not null
        union
        select stood_fetched_at from arrived
        where stood_fetched_at is not null

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
                select stored.*
                from {{ named(this, 'stored') }}
                where
                    stored.fetched_at >= lower(spans.span)
                    and stored.fetched_at <= upper(spans.span)
                offset 0 -- noqa: AM09
            ) as kept
        where
            (kept.system, kept.asked_at) not in (
                select
                    arrived.system,
                    arrived.asked_at
                from arrived
            )

    )

    select
        system,
        asked_at,
        fetched_at,
        announced_count,
        missing_count,
        stood_at,
        true as is_affected
    from arrived
    union all
    select
        around.system,
        around.asked_at,
        around.fetched_at,
        around.announced_count,
        around.missing_count,
        around.snapshot_at as stood_at,
        regions.affected @> around.fetched_at as is_affected
    from around
    cross join regions
{%- endmacro %}
