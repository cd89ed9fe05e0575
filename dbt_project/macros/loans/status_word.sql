{# A status as payment_words has it: its letters alone, small. #}
{% macro status_word(status) -%}
    regexp_replace(lower({{ status }}), '[^a-z]', '', 'g')
{%- endmacro %}
