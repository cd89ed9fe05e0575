{{ config(unique_key=['rate_date', 'currency_to']) }}

{# A rate of the dollar serves as it is; one of the euro goes over its dollars that day. #}
{% set of_a_day %}
    select
        rates.rate_date,
        rates.provider,
        rates.base_currency,
        case
            when rates.base_currency = 'EUR' and rates.quote_currency = 'USD' then 'EUR'
            else rates.quote_currency
        end as currency_to,
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
        greatest(rates.fetched_at, dollars.fetched_at) as pulled_at
    from {{ named(ref('fct_fx_rates_1d'), 'rates') }}
    left join {{ named(ref('fct_fx_rates_1d'), 'dollars') }}
        on
            rates.provider = dollars.provider
            and rates.rate_date = dollars.rate_date
            and rates.base_currency = 'EUR'
            and dollars.base_currency = 'EUR'
            and dollars.quote_currency = 'USD'
    where (rates.base_currency = 'USD' or dollars.rate is not null)
{% endset %}

{# XE before the ECB; of one provider, the dollar's own rate before a crossed one. #}
{% set best = "provider = 'xe' desc, base_currency = 'USD' desc" %}

with

{% if is_incremental() %}
changed_rates as (

    select *
    from {{ changed(ref('fct_fx_rates_1d'), {
        'base_currency': 'text', 'quote_currency': 'text', 'rate_date': 'date',
    }) }} as part

),

-- the euro's rate in dollars moves every rate of its day that is crossed over it
touched as (

    select
        rate_date,
        quote_currency as currency_to
    from changed_rates
    where quote_currency != 'USD'
    union
    select
        dollars.rate_date,
        crossed.currency_to
    from changed_rates as dollars
    cross join lateral (
        select 'EUR' as currency_to
        union all
        select rates.quote_currency
        from {{ named(ref('fct_fx_rates_1d'), 'rates') }}
        where
            rates.rate_date = dollars.rate_date
            and rates.base_currency = 'EUR'
            and rates.quote_currency != 'USD'
    ) as crossed
    where dollars.base_currency = 'EUR' and dollars.quote_currency = 'USD'

),

chosen as (

    select
        touched.rate_date,
        touched.currency_to,
        best.usd_to_currency_rate,
        best.currency_to_usd_rate,
        best.pulled_at,
        best.provider
    from touched
    left join lateral (
        select *
        from (
            {{ of_a_day }}
            and rates.rate_date = touched.rate_date
            and rates.quote_currency in (
                touched.currency_to,
                case when touched.currency_to = 'EUR' then 'USD' end
            )
        ) as candidates
        where candidates.currency_to = touched.currency_to
        order by {{ best }}
        limit 1
    ) as best on true

),
{% else %}
candidates as (

    {{ of_a_day }}

),

chosen as (

    select distinct on (rate_date, currency_to) *
    from candidates
    where currency_to != 'USD'
    order by rate_date, currency_to, {{ best }}

),
{% endif %}

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
        now() as updated_at,
        case when provider is not null then {{ version() }} end as changed_in
    from chosen

)

select * from daily
