{# A branch of a case expression: what a text that is too long for a key is called. #}
{% macro too_long(text, name) -%}
    when length({{ text }}) > 200
        then {{ reason('%s of more than 200 characters', "'" ~ name ~ "'") }}
{%- endmacro %}
