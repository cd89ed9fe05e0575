{#
    Fails for every token without decimals whose sum of a tested day is beyond `most`:
    it is one whose pieces differ, by their size, and only the list of amendments can
    say so. `tokens` tells the decimals.
#}
{% test adds_up_amounts(model, tokens, most) %}

select
    tested.token_address,
    tested.token_symbol,
    max(tested.amount) as greatest_amount
from {{ model }}
inner join {{ named(tokens, 'tokens') }}
    on tested.token_address = tokens.token_address
where
    tokens.decimals = 0
    and tested.amount > {{ most }}
group by 1, 2

{% endtest %}
