{# Fails for every text that is not 0x and so many hexadecimal digits in lower case. #}
{% test is_hex(model, column_name, digits) %}

select tested.{{ column_name }}
from {{ model }}
where tested.{{ column_name }} !~ '^0x[0-9a-f]{{ '{' ~ digits ~ '}' }}$'

{% endtest %}
