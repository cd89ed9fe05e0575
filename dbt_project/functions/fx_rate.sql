{# `render`, since a build with --empty would else leave a function of no rows. #}
{% set longest = lasting_days() %}
{% set best_quote = "
    rates.rate_date,
    rates.provider = 'xe' desc,
    rates.base_currency = pairs.from_code desc
" %}
{% set best_chain = "
    is_late,
    coalesce(rate_date, latest) desc,
    law_count + cardinality(codes),
    law_count desc,
    ecb_count,
    codes desc
" %}

with recursive

asked as (

    select
        upper(from_currency) as from_code,
        upper(to_currency) as to_code,
        (at at time zone 'utc')::date as latest

),

laws as (

    select fixed_rates.*
    from asked
    inner join {{ fixed_rates() }}
        on
            fixed_rates.currency in (asked.from_code, asked.to_code)
            and asked.latest >= fixed_rates.fixed_from

),

named as (

    select from_code as code from asked
    union
    select to_code as code from asked

),

-- both ends under their own names, and as what the law has made of them
ends as (

    select
        named.code,
        named.code as quoted_as,
        1::numeric as units,
        0 as law_count,
        coalesce(laws.has_ended, false) as is_late
    from named
    left outer join laws on named.code = laws.currency
    union all
    select
        currency as code,
        fixed_to as quoted_as,
        units,
        1 as law_count,
        false as is_late
    from laws

),

routes as (

    select
        asked.latest,
        origin.quoted_as as from_code,
        goal.quoted_as as to_code,
        goal.units as numerator,
        origin.units as denominator,
        origin.law_count + goal.law_count as law_count,
        origin.is_late or goal.is_late as is_late
    from asked
    inner join ends as origin on asked.from_code = origin.code
    inner join ends as goal on asked.to_code = goal.code
    where asked.from_code != asked.to_code

),

-- the rates that may be needed: straight, and by way of the dollar and the euro
pairs as (

    select distinct
        routes.latest,
        leg.from_code,
        leg.to_code
    from routes
    cross join
        lateral (
            values
            (routes.from_code, routes.to_code),
            (routes.from_code, 'USD'),
            (routes.from_code, 'EUR'),
            ('USD', routes.to_code),
            ('EUR', routes.to_code),
            ('USD', 'EUR'),
            ('EUR', 'USD')
        ) as leg (from_code, to_code)
    where leg.from_code != leg.to_code

),

-- each as a fraction, so that only one division rounds
quotes as materialized (

    select
        pairs.from_code,
        pairs.to_code,
        known.*
    from pairs
    cross join lateral (
        select distinct on (rates.rate_date)
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
            and rates.rate_date between pairs.latest - {{ longest }} and pairs.latest
            and not exists (
                select 1
                from laws
                where
                    laws.currency in (pairs.from_code, pairs.to_code)
                    and laws.has_ended
                    and rates.rate_date >= laws.fixed_from
            )
        order by {{ best_quote }}
    ) as known

),

-- from quote to quote of one day, at most three
chains as (

    select
        routes.*,
        array[routes.from_code] as codes,
        null::date as rate_date,
        0 as xe_count,
        0 as ecb_count
    from routes
    union all
    select
        chains.latest,
        chains.from_code,
        chains.to_code,
        chains.numerator * quotes.numerator as numerator,
        chains.denominator * quotes.denominator as denominator,
        chains.law_count,
        chains.is_late,
        chains.codes || quotes.to_code as codes,
        quotes.rate_date,
        chains.xe_count + (quotes.provider = 'xe')::integer as xe_count,
        chains.ecb_count + (quotes.provider = 'ecb')::integer as ecb_count
    from chains
    inner join quotes
        on
            chains.codes[cardinality(chains.codes)] = quotes.from_code
            and quotes.rate_date = coalesce(chains.rate_date, quotes.rate_date)
            and quotes.to_code in (chains.to_code, 'USD', 'EUR')
            and quotes.to_code != all(chains.codes)
    where chains.codes[cardinality(chains.codes)] != chains.to_code

),

best as (

    select
        trim_scale(numerator / denominator) as rate,
        coalesce(rate_date, latest) as rate_date,
        concat_ws(
            '+',
            case when law_count > 0 then 'law' end,
            case when xe_count > 0 then 'xe' end,
            case when ecb_count > 0 then 'ecb' end
        ) as provider
    from chains
    where codes[cardinality(codes)] = to_code
    order by {{ best_chain }}
    limit 1

),

answers as (

    select
        1::numeric as rate,
        latest as rate_date,
        null as provider
    from asked
    where from_code = to_code
    union all
    select * from best

),

answer as (

    select
        (select answers.rate from answers) as rate,
        (select answers.rate_date from answers) as rate_date,
        (select answers.provider from answers) as provider

)

select * from answer
