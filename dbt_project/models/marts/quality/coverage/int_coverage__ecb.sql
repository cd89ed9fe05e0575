{#
    Of each base currency and day that changed, whether a rate of any currency is there,
    since the ECB's days come whole. Where none is left `covered` is null.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set rates = ref('fct_fx_rates_1d') %}

with

rates as not materialized (select * from {{ rates }}),

rate_days as (

    select distinct
        base_currency,
        rate_date
    from {{ changed(rates, ['provider', 'base_currency', 'rate_date']) }} as part
    where provider = 'ecb'

),

covered_rates as (

    select
        'ecb' as system,
        rate_days.base_currency as series_key,
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
        where
            rates.provider = 'ecb'
            and rates.base_currency = rate_days.base_currency
            and rates.rate_date = rate_days.rate_date
        limit 1 -- noqa: AM09
    ) as said on true

)

select * from covered_rates
