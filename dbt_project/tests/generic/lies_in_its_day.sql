{# Fails for every row whose block is of another UTC day than the one asked for. #}
{% test lies_in_its_day(model) %}

select
    tested.block_date,
    tested.block_at
from {{ model }}
where (tested.block_at at time zone 'utc')::date != tested.block_date

{% endtest %}
