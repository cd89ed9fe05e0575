{#
    The bare name of the layer, so that `marts` in BI is `marts` in dbt; under another
    schema in the profile than `marts`, that one goes before it: a developer's own.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (target.schema ~ '_' if target.schema != 'marts')
        ~ (custom_schema_name or 'marts') }}
{%- endmacro %}
