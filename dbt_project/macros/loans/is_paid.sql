{#
    Whether what was paid settles what is due, down to a thousandth: a boolean. Where
    more was taken back than had come, nothing is paid.
#}
{% macro is_paid(paid, due) -%}
    greatest({{ paid }}, 0) >= {{ due }} - 0.001
{%- endmacro %}
