{# Fails for every file of which the newest one can't be used. #}
{% test newest_file_is_used(model) %}

select
    tested.file_name,
    tested.unusable
from {{ model }}
where tested.unusable is not null

{% endtest %}
