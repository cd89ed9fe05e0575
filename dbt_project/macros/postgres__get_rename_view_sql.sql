{# Renames a view once nobody uses it, as each build does to put a new one there. #}
{% macro postgres__get_rename_view_sql(relation, new_name) %}
{{ take_alone(relation) }}
alter view {{ relation }} rename to {{ new_name }}
{% endmacro %}
