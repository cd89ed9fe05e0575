{#
    Fails for every day on which a pegged currency is more than `tolerance` off its peg,
    by the dollar's rates in it and in what it is pegged to. Looks at the days of tested
    rows of either.
#}
{% test keeps_its_peg(model, days, currencies, tolerance) %}

select distinct
    pegged.rate_date,
    pegged.currency_to,
    pegged.currency_to_usd_rate / anchor.currency_to_usd_rate as rate
from {{ model }}
inner join {{ named(currencies, 'pegs') }}
    on tested.currency_to in (pegs.currency, pegs.pegged_to)
inner join {{ named(days, 'pegged') }}
    on
        tested.rate_date = pegged.rate_date
        and pegs.currency = pegged.currency_to
inner join {{ named(days, 'anchor') }}
    on
        tested.rate_date = anchor.rate_date
        and pegs.pegged_to = anchor.currency_to
where
    abs(
        pegged.currency_to_usd_rate / anchor.currency_to_usd_rate - pegs.peg_rate
    ) > pegs.peg_rate * {{ tolerance }}

{% endtest %}
