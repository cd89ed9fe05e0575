{#
    Gaps: of what is not there, what was asked for, apart by whether the source has it
    either.
#}
{{ config(materialized='ephemeral', access='private') }}

{# They know of now alone, so what is missing can't be asked for. #}
{% set rankings = "('coinmarketcap', 'cryptocompare')" %}
{% set bridge = "case when slotted.system in " ~ rankings
    ~ " then interval '8 minutes' else interval '0' end" %}

with

absences as not materialized (select * from {{ ref('int_gaps__found') }}),

days as not materialized (select * from {{ ref('fct_coverage_1d') }}),

notes as not materialized (select * from {{ ref('int_fetches__absences') }}),

asks as not materialized (select * from {{ ref('int_fetches__merged') }}),

slotted as (

    select
        absences.*,
        slot.slot_seconds,
        slot.slot_count
    from absences
    cross join lateral (
        select
            days.covered_date,
            days.slot_seconds,
            days.slot_count
        from days
        where
            days.system = absences.system
            and days.series_key = absences.series_key
            and days.covered_date >= (lower(absences.span) at time zone 'utc')::date
        order by 1
        limit 1
    ) as slot

),

-- what was never asked for is no gap; of what was, slots in part count. A ranking is
-- also missed between two minutes in which it was asked for, less than ten apart
asked as (

    select
        slotted.system,
        slotted.series_key,
        slotted.record_span,
        unnest(tstzmultirange(slotted.span) * bridged.spans) as span,
        slotted.slot_seconds,
        slotted.slot_count
    from slotted
    cross join
        lateral (
            select
                range_agg(tstzrange(
                    {{ slot_at('lower(part.span)', 'slotted.slot_seconds') }},
                    {{ slot_at('upper(part.span)', 'slotted.slot_seconds', 'ceil') }}
                    + {{ bridge }}
                )) as spans
            from asks
            cross join lateral unnest(asks.spans) as part (span)
            where
                asks.system = slotted.system
                and asks.key in (
                    slotted.series_key,
                    case when slotted.system = 'xe' then left(slotted.series_key, 3) end
                )
                and asks.asked_date
                >= (lower(slotted.span) at time zone 'utc')::date - 1
                and asks.asked_date
                <= (upper(slotted.span) at time zone 'utc')::date + 1
            -- offset 0: looked up for each absence, never all read and joined
            offset 0 -- noqa: AM09
        ) as asked_for
    cross join lateral (
        select
            range_agg(
                tstzrange(lower(near.span), upper(near.span) - {{ bridge }})
            ) as spans
        from unnest(asked_for.spans) as near (span)
    ) as bridged

),

-- of what the source does not have, whole slots count
with_source_gaps as (

    select
        asked.*,
        case
            when asked.system in {{ rankings }} then tstzmultirange(asked.span)
            else coalesce(noted.spans, '{}')
        end as lacking
    from asked
    cross join lateral (
        select range_agg(tstzrange(whole.first_slot, whole.last_slot)) as spans
        from notes as gap
        cross join
            lateral (
                values (
                    {{ slot_at('gap.asked_from', 'asked.slot_seconds', 'ceil') }},
                    {{ slot_at('gap.asked_to', 'asked.slot_seconds') }}
                )
            ) as whole (first_slot, last_slot)
        where
            gap.system = asked.system
            and gap.key = asked.series_key
            and gap.outcome = 'empty'
            and gap.asked_from < upper(asked.span)
            and gap.asked_to > lower(asked.span)
            and whole.first_slot < whole.last_slot
    ) as noted

),

pieces as (

    select
        system,
        series_key,
        record_span,
        unnest(tstzmultirange(span) - lacking) as span,
        false as is_source_gap,
        slot_seconds,
        slot_count
    from with_source_gaps
    union all
    select
        system,
        series_key,
        record_span,
        unnest(tstzmultirange(span) * lacking) as span,
        true as is_source_gap,
        slot_seconds,
        slot_count
    from with_source_gaps

)

select * from pieces
