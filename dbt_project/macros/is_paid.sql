{# Whether what was paid settles what is due, down to a thousandth: a boolean. #}
{% macro is_paid(paid, due) -%}
    {{ paid }} >= {{ due }} - 0.001
{%- endmacro %}
