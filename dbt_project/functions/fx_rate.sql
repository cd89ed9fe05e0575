with

asked as (

    select
        upper(from_currency) as source,
        upper(to_currency) as target,
        (at at time zone 'utc')::date as latest
),

-- the rates that may be needed: straight, and by way of the dollar or the euro
pairs as (

    select
        asked.source,
        asked.target,
        asked.latest
    from asked
    union
    select
        asked.source,
        pivot.code,
        asked.latest
    from asked
    cross join (values ('USD'), ('EUR')) as pivot (code)
    union
    select
        pivot.code,
        asked.target,
        asked.latest
    from asked
    cross join (values ('USD'), ('EUR')) as pivot (code)

),

-- each as a fraction, so that only one division rounds
legs as (

    select
        pairs.source,
        pairs.target,
        newest.*
    from pairs
    cross join lateral (
        select
            rates.rate_date,
            rates.provider,
            case when rates.base_currency = pairs.source then rates.rate else 1 end
                as numerator,
            case when rates.base_currency = pairs.source then 1 else rates.rate end
                as denominator
        from {{ ref('fct_fx_rates_1d') }} as rates
        where
            (rates.base_currency, rates.quote_currency)
            in ((pairs.source, pairs.target), (pairs.target, pairs.source))
            and rates.rate_date between pairs.latest - 14 and pairs.latest
        order by
            rates.rate_date desc,
            rates.provider = 'xe' desc,
            rates.base_currency = pairs.source desc
        limit 1
    ) as newest
    where pairs.source != pairs.target

),

answers as (

    select
        0 as leg_count,
        1::numeric as rate,
        asked.latest as rate_date,
        null as provider
    from asked
    where asked.source = asked.target
    union all
    select
        1,
        trim_scale(legs.numerator / legs.denominator),
        legs.rate_date,
        legs.provider
    from legs
    inner join asked using (source, target)
    union all
    select
        2,
        trim_scale(
            first_leg.numerator * second_leg.numerator
            / (first_leg.denominator * second_leg.denominator)
        ),
        least(first_leg.rate_date, second_leg.rate_date),
        case
            when first_leg.provider = second_leg.provider then first_leg.provider
            else 'xe+ecb'
        end
    from asked
    inner join legs as first_leg on asked.source = first_leg.source
    inner join legs as second_leg
        on first_leg.target = second_leg.source and asked.target = second_leg.target
    where asked.source != asked.target

),

best as (

    select *
    from answers
    order by
        leg_count = 0 desc,
        rate_date desc,
        leg_count asc,
        coalesce(provider, '') = 'xe' desc,
        coalesce(provider, '') = 'xe+ecb' desc
    limit 1

)

select
    best.rate,
    best.rate_date,
    best.provider
from asked
left join best on true
