{# All systems that have raw tables, a word each. #}
{% macro systems() -%}
{% set found = [] %}
{% for table in raw_tables().split() if table.split('__')[0] not in found %}
{% do found.append(table.split('__')[0]) %}
{% endfor %}
{{ found | join(' ') }}
{%- endmacro %}
