{#
    Fails for every key that comes more than once, or has a row in which one of the
    columns `filled` is null: constraints that Spark does not have.
#}
{% test holds_its_contract(model, key, filled) %}

select
    {{ key | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ key | join(', ') }}
having
    count(*) > 1
    or bool_or({{ filled | join(' is null or ') }} is null)

{% endtest %}
