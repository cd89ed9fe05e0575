{#
    The raw tables of minutes, a line an exchange: the table, whose model in staging has
    the minutes, and the columns that the exchange does not tell. An exchange has its
    system's name.
#}
{% macro exchanges() -%}
binance__klines
{%- endmacro %}
