{#
    Renames a table once nobody uses it, as a full refresh does to put the new one in
    its place.
#}
{% macro postgres__get_rename_table_sql(relation, new_name) %}
{{ take_alone(relation) }}
alter table {{ relation }} rename to {{ new_name }}
{% endmacro %}
