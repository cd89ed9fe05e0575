{#
    Of each pair and day that changed, whether a rate is there. Where none is left
    `covered` is null.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set rates, key = ref('fct_fx_rates_1d'), [
    'provider', 'base_currency', 'quote_currency', 'rate_date',
] %}

with

rates as not materialized (select * from {{ rates }}),

rate_days as (

    select distinct {{ key | join(', ') }}
    from {{ changed(rates, key) }} as part
    where provider = 'xe'

),

covered_rates as (

    select
        'xe' as system,
        rate_days.base_currency || rate_days.quote_currency as series_key,
        rate_days.rate_date as covered_date,
        said.covered,
        1 as present_count,
        1 as expected_count,
        86400 as slot_seconds,
        1 as slot_count,
        null::jsonb as partial_counts,
        null::tstzrange as record_span
    from rate_days
    left outer join lateral (
        select tstzmultirange({{ utc_day('rates.rate_date') }}) as covered
        from rates
        where {{ keys_match('rates', 'rate_days', key) }}
        limit 1 -- noqa: AM09
    ) as said on true

)

select * from covered_rates
