{#
    Refuses to read what is no plain table of the loader's, of the raw tables that a
    node reads, and dlt's of loads. Nothing for a node that reads none.
#}
{% macro guard_raw(node) %}
{% set tables = [] %}
{% for upstream in upstreams(node) if upstream.resource_type == 'source' %}
    {% do tables.append(upstream.schema ~ '.' ~ upstream.identifier) %}
{% endfor %}
{% if tables %}
{{ guard_tables((tables + ['raw._dlt_loads']) | unique | list) }}
{% endif %}
{% endmacro %}
