{# Adds the SQL of a macro of this project, and of those that it uses, by their names. #}
{% macro collect_macros(unique_id, macros) %}
{% set package, name = unique_id.split('.')[1:] %}
{% if package == project_name and name not in macros %}
    {% set macro = context[name].macro %}
    {% do macros.update({name: macro.macro_sql}) %}
    {% for used in macro.depends_on.macros %}
        {% do collect_macros(used, macros) %}
    {% endfor %}
{% endif %}
{% endmacro %}
