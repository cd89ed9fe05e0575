{#
    Fails for every day on which a currency is more than `tolerance` off the rate that
    the law has fixed by then, by the dollar's rates in it and in what it is fixed to.
    Looks at the days of tested rows of either.
#}
{% test keeps_its_peg(model, days, tolerance) %}

select distinct
    pegged.rate_date,
    pegged.currency_to,
    pegged.currency_to_usd_rate / anchor.currency_to_usd_rate as rate
from {{ model }}
inner join {{ fixed_rates() }}
    on
        tested.currency_to in (fixed_rates.currency, fixed_rates.fixed_to)
        and tested.rate_date >= fixed_rates.fixed_from
inner join {{ named(days, 'pegged') }}
    on
        tested.rate_date = pegged.rate_date
        and fixed_rates.currency = pegged.currency_to
inner join {{ named(days, 'anchor') }}
    on
        tested.rate_date = anchor.rate_date
        and fixed_rates.fixed_to = anchor.currency_to
where
    abs(
        pegged.currency_to_usd_rate / anchor.currency_to_usd_rate - fixed_rates.units
    ) > fixed_rates.units * {{ tolerance }}

{% endtest %}
