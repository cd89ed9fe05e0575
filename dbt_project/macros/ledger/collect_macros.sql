{#
    Adds the SQL of a macro of this project, if it is one, and of those that it uses, by
    their names.
#}
{% macro collect_macros(unique_id, macros) %}
{% set package, name = unique_id.split('.')[1:] %}
{% set macro = context.get(name).macro if package == project_name %}
{% if macro and macro.unique_id == unique_id and name not in macros %}
    {% do macros.update({name: macro.macro_sql}) %}
    {% for used in macro.depends_on.macros %}
        {% do collect_macros(used, macros) %}
    {% endfor %}
{% endif %}
{% endmacro %}
