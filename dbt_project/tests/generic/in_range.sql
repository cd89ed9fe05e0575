{# Fails for every row whose `column_name` is below `least` or above `most`. #}
{% test in_range(model, column_name, least, most) %}

select tested.*
from {{ model }}
where tested.{{ column_name }} < {{ least }} or tested.{{ column_name }} > {{ most }}

{% endtest %}
