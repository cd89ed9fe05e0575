{#
    Renames a table or a view once nobody uses it: a full refresh puts the new table in
    the place of the old one so, and every build a view. A view that `keep_views` kept,
    and of which dbt does not know any more, makes room; so does one that another build
    of the same view is about to drop.
#}
{% macro postgres__rename_relation(from_relation, to_relation) %}
{% set what = 'view' if from_relation.is_view else 'table' %}
{% set is_kept = from_relation.is_view
    and run_query("select to_regclass('" ~ to_relation ~ "')").rows[0][0] %}
{% call statement('rename_relation') %}
{% if is_kept %}
{{ take_alone(to_relation) }}
drop view if exists {{ to_relation }} cascade;
{% endif %}
{{ take_alone(from_relation) }}
alter {{ what }} {{ from_relation }} rename to {{ to_relation.identifier }};
{% endcall %}
{% endmacro %}
