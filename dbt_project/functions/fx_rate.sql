{# `render`, since a build with --empty would else leave a function of no rows. #}
{% set best_leg = "
    rates.rate_date desc,
    rates.provider = 'xe' desc,
    rates.base_currency = pairs.from_code desc
" %}
{% set best_answer = "
    rate_date desc, leg_count, provider = 'xe' desc, provider desc, pivot desc
" %}

with

asked as (

    select
        upper(from_currency) as from_code,
        upper(to_currency) as to_code,
        (at at time zone 'utc')::date as latest

),

-- the rates that may be needed: straight, and by way of the dollar or the euro
pairs as (

    select
        asked.from_code,
        asked.to_code,
        asked.latest
    from asked
    union
    select
        asked.from_code,
        pivot.code,
        asked.latest
    from asked
    cross join (values ('USD'), ('EUR')) as pivot (code)
    union
    select
        pivot.code,
        asked.to_code,
        asked.latest
    from asked
    cross join (values ('USD'), ('EUR')) as pivot (code)

),

-- each as a fraction, so that only one division rounds
legs as (

    select
        pairs.from_code,
        pairs.to_code,
        newest.*
    from pairs
    cross join lateral (
        select
            rates.rate_date,
            rates.provider,
            case
                when rates.base_currency = pairs.from_code then rates.rate else 1
            end as numerator,
            case
                when rates.base_currency = pairs.from_code then 1 else rates.rate
            end as denominator
        from {{ ref('fct_fx_rates_1d').render() }} as rates
        where
            (rates.base_currency, rates.quote_currency)
            in ((pairs.from_code, pairs.to_code), (pairs.to_code, pairs.from_code))
            and rates.rate_date between pairs.latest - 14 and pairs.latest
            and pairs.from_code != pairs.to_code
        order by {{ best_leg }}
        limit 1
    ) as newest

),

answers as (

    select
        0 as leg_count,
        1::numeric as rate,
        asked.latest as rate_date,
        null as provider,
        null as pivot
    from asked
    where asked.from_code = asked.to_code
    union all
    select
        1 as leg_count,
        trim_scale(legs.numerator / legs.denominator) as rate,
        legs.rate_date,
        legs.provider,
        null as pivot
    from asked
    inner join legs
        on asked.from_code = legs.from_code and asked.to_code = legs.to_code
    union all
    select
        2 as leg_count,
        trim_scale(
            first_leg.numerator * second_leg.numerator
            / (first_leg.denominator * second_leg.denominator)
        ) as rate,
        least(first_leg.rate_date, second_leg.rate_date) as rate_date,
        case
            when first_leg.provider = second_leg.provider then first_leg.provider
            else 'xe+ecb'
        end as provider,
        first_leg.to_code as pivot
    from asked
    inner join legs as first_leg on asked.from_code = first_leg.from_code
    inner join legs as second_leg
        on
            first_leg.to_code = second_leg.from_code
            and asked.to_code = second_leg.to_code
    where asked.from_code != asked.to_code

),

best as (

    select *
    from answers
    order by {{ best_answer }}
    limit 1

),

answer as (

    select
        (select best.rate from best) as rate,
        (select best.rate_date from best) as rate_date,
        (select best.provider from best) as provider

)

select * from answer
