{# A node's result where there is nothing to do: dbt wants one, and nothing is sent. #}
{% macro nothing_new(result=none) %}
{% call noop_statement('main', message='NOTHING NEW', code='NOTHING NEW', res=result) %}
{% endcall %}
{% endmacro %}
