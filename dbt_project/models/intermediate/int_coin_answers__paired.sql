{{ config(
    unique_key=['system', 'asked_at'],
    grouped_by=['snapshot_at'],
    lookups=[['fetched_at'], ['snapshot_at']],
) }}

{% set apart = "interval '60 seconds'" %}

with

{% if is_incremental() %}
stored as not materialized (

    select
        system,
        asked_at,
        fetched_at,
        announced_count,
        missing_count,
        partner_at,
        snapshot_at
    from {{ this }}

),

answers as (

    {{ near_answers(apart) }}

),
{% else %}
answers as (

    select * from {{ whole_answers() }} as part

),
{% endif %}

paired as (

    {{ paired_answers('answers', apart) }}

),

{% if is_incremental() %}
affected as (

    select paired.*
    from paired
    inner join answers
        on paired.system = answers.system and paired.asked_at = answers.asked_at
    where answers.is_affected

),

minutes as (

    select snapshot_at from affected
    union
    select stood_at from answers
    where is_affected

),

-- of two pairs of a minute one counts, so what else is of these minutes
members as (

    select * from affected
    union all
    select kept.*
    from minutes
    cross join
        lateral (
            select stored.*
            from stored
            where stored.snapshot_at = minutes.snapshot_at
            offset 0 -- noqa: AM09
        ) as kept
    where
        (kept.system, kept.asked_at) not in (
            select
                answers.system,
                answers.asked_at
            from answers
            where answers.is_affected
        )
    -- and what has gone, of which nothing is told but its key
    union all
    select
        system,
        asked_at,
        fetched_at,
        announced_count,
        missing_count,
        null as partner_at,
        null as snapshot_at
    from answers
    where fetched_at is null

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
        case when fetched_at is not null then {{ version() }} end as changed_in
    from members

)

select * from ranked
