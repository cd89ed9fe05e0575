{{ config(unique_key=['rate_date', 'currency_to']) }}

{% set best_first = "
    rate_date, currency_to, provider = 'xe' desc, base_currency = 'USD' desc
" %}

with

all_rates as not materialized (select * from {{ ref('fct_fx_rates_1d') }}),

{% if is_incremental() %}
-- whole days, since the euro's rate in dollars moves all that is crossed over it
touched as (

    select distinct rate_date
    from {{ changed(ref('fct_fx_rates_1d'), ['rate_date']) }} as part

),

rates as (

    select rates.*
    from touched
    inner join all_rates as rates
        on touched.rate_date = rates.rate_date

),
{% else %}
rates as (

    select * from all_rates

),
{% endif %}

-- a rate of the dollar serves as it is, one of the euro over its rate in dollars
candidates as (

    select
        rates.rate_date,
        case
            when rates.base_currency = 'EUR' and rates.quote_currency = 'USD' then 'EUR'
            else rates.quote_currency
        end as currency_to,
        rates.base_currency,
        case
            when rates.base_currency = 'USD' then rates.inverse_rate
            when rates.quote_currency = 'USD' then rates.rate
            else dollars.rate / rates.rate
        end as usd_to_currency_rate,
        case
            when rates.base_currency = 'USD' then rates.rate
            when rates.quote_currency = 'USD' then rates.inverse_rate
            else rates.rate / dollars.rate
        end as currency_to_usd_rate,
        greatest(rates.fetched_at, dollars.fetched_at) as pulled_at,
        rates.provider
    from rates
    left outer join rates as dollars
        on
            rates.provider = dollars.provider
            and rates.rate_date = dollars.rate_date
            and rates.base_currency = dollars.base_currency
            and rates.base_currency = 'EUR'
            and dollars.quote_currency = 'USD'
    where
        dollars.rate is not null
        or (rates.base_currency = 'USD' and rates.quote_currency != 'USD')

),

-- XE before the ECB, and of one provider what is not crossed
chosen as (

    select distinct on (rate_date, currency_to) *
    from candidates
    order by {{ best_first }}

),

daily as (

    select
        -- keys
        rate_date,
        'USD' as currency_from,
        currency_to,
        -- measures
        usd_to_currency_rate,
        currency_to_usd_rate,
        -- attributes
        pulled_at,
        provider,
        -- lineage
        now() as updated_at
    from chosen

),

{% if is_incremental() %}
stored as (

    select
        kept.rate_date,
        kept.currency_to
    from touched
    inner join {{ this }} as kept
        on touched.rate_date = kept.rate_date

),
{% endif %}

states as (

    {{ with_gone('daily', 'stored', ['rate_date', 'currency_to']) }}

)

select * from states
