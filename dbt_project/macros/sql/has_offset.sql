{# Whether a time in ISO 8601 says how far it is from UTC. #}
{% macro has_offset(text) -%}
    (substring({{ text }} from 12) ~ '[Zz+-]')
{%- endmacro %}
