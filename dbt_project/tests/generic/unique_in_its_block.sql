{# Fails for every log index that two of a block's tested rows have. #}
{% test unique_in_its_block(model, column_name) %}

select
    tested.block_hash,
    tested.{{ column_name }},
    count(*) as row_count
from {{ model }}
group by 1, 2
having count(*) > 1

{% endtest %}
