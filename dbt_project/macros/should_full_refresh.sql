{#
    dbt's own question, which the variable `outdated` answers too, and a table that no
    build which counts has made, such as one with `--empty`: what only a first build
    does it lacks.
#}
{% macro should_full_refresh() %}
{{ return(is_refreshed(model) or is_uncounted()) }}
{% endmacro %}
