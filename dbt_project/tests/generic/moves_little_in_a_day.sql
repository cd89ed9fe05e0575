{#
    Fails for every rate that differs by more than `share` from the one on the known day
    before it, of the same provider and currencies, if that is within `within_days`.
    Looks at each tested day, and on to the day after it.
#}
{% test moves_little_in_a_day(model, days, share, within_days) %}

select distinct
    later.provider,
    later.base_currency,
    later.quote_currency,
    later.rate_date
from {{ model }}
cross join lateral (
    select tested.rate_date
    union all
    (
        select days.rate_date
        from {{ named(days, 'days') }}
        where
            days.provider = tested.provider
            and days.base_currency = tested.base_currency
            and days.quote_currency = tested.quote_currency
            and days.rate_date > tested.rate_date
        order by days.rate_date
        limit 1
    )
) as looked_at
inner join {{ named(days, 'later') }}
    on
        tested.provider = later.provider
        and tested.base_currency = later.base_currency
        and tested.quote_currency = later.quote_currency
        and looked_at.rate_date = later.rate_date
cross join lateral (
    select days.rate
    from {{ named(days, 'days') }}
    where
        days.provider = later.provider
        and days.base_currency = later.base_currency
        and days.quote_currency = later.quote_currency
        and days.rate_date < later.rate_date
        and days.rate_date >= later.rate_date - {{ within_days }}
    order by days.rate_date desc
    limit 1
) as earlier
where abs(later.rate - earlier.rate) > earlier.rate * {{ share }}

{% endtest %}
