{#
    Renames a table or a view once nobody uses it: a full refresh puts the new table in
    the place of the old one so, and every build a view.
#}
{% macro postgres__rename_relation(from_relation, to_relation) %}
{% set what = 'view' if from_relation.is_view else 'table' %}
{% call statement('rename_relation') %}
{{ take_alone(from_relation) }}
alter {{ what }} {{ from_relation }} rename to {{ to_relation.identifier }};
{% endcall %}
{% endmacro %}
