{#
    Fails for every log index that two tested rows of a block and day have: staging keeps
    the last of them.
#}
{% test unique_in_its_block(model, column_name) %}

select
    tested.transfer_date,
    tested.block_hash,
    tested.{{ column_name }},
    count(*) as row_count
from {{ model }}
group by 1, 2, 3
having count(*) > 1

{% endtest %}
