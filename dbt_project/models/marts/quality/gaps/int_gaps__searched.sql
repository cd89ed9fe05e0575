{#
    Where gaps are searched for: around what changed of a series, out to what is there
    before and after, since a gap goes that far. A row a series and span.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set days, notes = ref('fct_coverage_1d'), ref('int_fetches__absences') %}
{% set asks = ref('int_fetches__merged') %}

with

days as not materialized (select * from {{ days }}),

currencies as not materialized (select * from {{ ref('stg_currencies') }}),

touched as (

    select
        system,
        series_key,
        {{ utc_day('covered_date') }} as span
    from {{ changed(days, ['system', 'series_key', 'covered_date']) }} as part
    union all
    select
        system,
        key as series_key,
        tstzrange(
            {{ bucket('asked_from', '24 hours') }},
            {{ bucket('asked_to', '24 hours') }} + interval '24 hours'
        ) as span
    from {{ changed(notes, [
        'system', 'key', 'outcome', 'asked_from', 'asked_to',
    ]) }} as noted
    where outcome = 'empty'
    union all
    select
        asked.system,
        asked.key || coalesce(quoted.currency, '') as series_key,
        {{ utc_day('asked.asked_date') }} as span
    from {{ changed(asks, ['system', 'key', 'asked_date']) }} as asked
    -- XE is asked by the base of all series
    left outer join currencies as quoted
        on asked.system = 'xe' and length(asked.key) = 3

),

regions as (

    select
        system,
        series_key,
        unnest(range_agg(span)) as region
    from touched
    group by 1, 2

),

reached as (

    select
        regions.system,
        regions.series_key,
        tstzrange(
            coalesce(earlier.covered_to, '-infinity'),
            coalesce(later.covered_from, 'infinity')
        ) as span
    from regions
    left outer join lateral (
        select
            days.covered_date,
            upper(days.covered::tstzmultirange) as covered_to
        from days
        where
            days.system = regions.system
            and days.series_key = regions.series_key
            and days.covered_date < (lower(regions.region) at time zone 'utc')::date
            and days.covered != '{}'
        order by 1 desc
        limit 1
    ) as earlier on true
    left outer join lateral (
        select
            days.covered_date,
            lower(days.covered::tstzmultirange) as covered_from
        from days
        where
            days.system = regions.system
            and days.series_key = regions.series_key
            and days.covered_date >= (upper(regions.region) at time zone 'utc')::date
            and days.covered != '{}'
        order by 1
        limit 1
    ) as later on true

),

searched as (

    select
        system,
        series_key,
        unnest(range_agg(span)) as span
    from reached
    group by 1, 2

)

select * from searched
