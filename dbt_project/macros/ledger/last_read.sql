{#
    The version of an upstream up to which this model has read it, a bigint; 0 in a first
    build. A setting and not a subquery: the planner estimates with its value, and picks
    the index.
#}
{% macro last_read(relation) -%}
    {{ build_setting('done_' ~ relation.identifier, 'bigint') }}
{%- endmacro %}
