{#
    Of each ranking's source and day that changed, the minutes with a snapshot, which
    takes an answer of both sources. Where none is left `covered` is null.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set answers = ref('int_coin_answers__paired') %}
{% set midnight = "::timestamp at time zone 'utc'" %}

with

answers as not materialized (select * from {{ answers }}),

snapshot_days as (

    select distinct
        system,
        (snapshot_at at time zone 'utc')::date as snapshot_date
    from {{ changed(answers, ['system', 'snapshot_at']) }} as part

),

covered_snapshots as (

    select
        snapshot_days.system,
        'USD' as series_key,
        snapshot_days.snapshot_date as covered_date,
        said.covered,
        said.present_count,
        1440 as expected_count,
        60 as slot_seconds,
        1 as slot_count,
        null::jsonb as partial_counts,
        null::tstzrange as record_span
    from snapshot_days
    cross join
        lateral (
            select
                range_agg(
                    tstzrange(
                        ranks.snapshot_at, ranks.snapshot_at + interval '1 minute'
                    )
                ) as covered,
                count(*) as present_count
            from answers as ranks
            where
                ranks.system = snapshot_days.system
                and ranks.is_ranked
                and ranks.snapshot_at >= snapshot_days.snapshot_date{{ midnight }}
                and ranks.snapshot_at < (snapshot_days.snapshot_date + 1){{ midnight }}
        ) as said

)

select * from covered_snapshots
