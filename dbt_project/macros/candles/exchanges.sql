{#
    The raw tables of minutes, a line an exchange: the table, whose model in staging has
    the minutes, and the columns that the exchange does not tell. An exchange has its
    system's name.
#}
{% macro exchanges() -%}
binance__klines
coinbase__candles quote_volume taker_buy_base_volume taker_buy_quote_volume trade_count
{%- endmacro %}
