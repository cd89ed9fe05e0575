{{ config(
    unique_key=['provider', 'base_currency', 'quote_currency', 'rate_date'],
    lookups=[
        ['rate_date', 'quote_currency'],
        ['base_currency', 'quote_currency', 'rate_date'],
    ],
) }}

{# Of a day's rates at XE the one pulled last; of one pull the one quoted last. #}
{% set pulled_last = 'rates.pulled_at desc, rates.quoted_at desc' %}

with

rates_of_xe as not materialized (select * from {{ ref('stg_xe__rates') }}),

rates_of_ecb as not materialized (select * from {{ ref('stg_ecb__rates') }}),

{% if is_incremental() %}
xe_touched as (

    select distinct
        base_currency,
        quote_currency,
        (quoted_at at time zone 'utc')::date as rate_date
    from {{ changed(ref('stg_xe__rates'), [
        'base_currency', 'quote_currency', 'quoted_at',
    ]) }} as part

),

ecb_touched as (

    select distinct
        quote_currency,
        rate_date
    from {{ changed(ref('stg_ecb__rates'), ['quote_currency', 'rate_date']) }} as part

),

rates as (

    select
        'xe' as provider,
        xe_touched.base_currency,
        xe_touched.quote_currency,
        xe_touched.rate_date,
        newest.rate,
        newest.quoted_at,
        newest.pulled_at as fetched_at
    from xe_touched
    left outer join lateral (
        select
            rates.rate,
            rates.quoted_at,
            rates.pulled_at
        from rates_of_xe as rates
        where
            rates.base_currency = xe_touched.base_currency
            and rates.quote_currency = xe_touched.quote_currency
            and rates.quoted_at >= xe_touched.rate_date::timestamp at time zone 'utc'
            and rates.quoted_at
            < (xe_touched.rate_date + 1)::timestamp at time zone 'utc'
        order by {{ pulled_last }}
        limit 1
    ) as newest on true
    union all
    select
        'ecb' as provider,
        'EUR' as base_currency,
        ecb_touched.quote_currency,
        ecb_touched.rate_date,
        rates.rate,
        {{ fixed_at('ecb_touched.rate_date') }} as quoted_at,
        rates.fetched_at
    from ecb_touched
    left outer join rates_of_ecb as rates
        on
            ecb_touched.quote_currency = rates.quote_currency
            and ecb_touched.rate_date = rates.rate_date

),
{% else %}
xe_rates as (

    select distinct on (
        rates.base_currency,
        rates.quote_currency,
        (rates.quoted_at at time zone 'utc')::date
    )
        'xe' as provider,
        rates.base_currency,
        rates.quote_currency,
        (rates.quoted_at at time zone 'utc')::date as rate_date,
        rates.rate,
        rates.quoted_at,
        rates.pulled_at as fetched_at
    from rates_of_xe as rates
    order by
        rates.base_currency,
        rates.quote_currency,
        (rates.quoted_at at time zone 'utc')::date,
        {{ pulled_last }}

),

rates as (

    select * from xe_rates
    union all
    select
        'ecb' as provider,
        'EUR' as base_currency,
        quote_currency,
        rate_date,
        rate,
        {{ fixed_at('rate_date') }} as quoted_at,
        fetched_at
    from rates_of_ecb

),
{% endif %}

daily as (

    select
        -- keys
        provider,
        base_currency,
        quote_currency,
        rate_date,
        -- measures
        rate,
        1 / rate as inverse_rate,
        -- attributes
        quoted_at,
        fetched_at,
        -- lineage
        now() as updated_at,
        case when rate is not null then {{ version() }} end as changed_in
    from rates

)

select * from daily
