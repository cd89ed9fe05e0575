{#
    The exchanges that are built here, a line each, as in `dbt_project/`: the table, and
    the columns that the exchange does not tell.
#}
{% macro exchanges() -%}
binance__klines
coinbase__candles quote_volume taker_buy_base_volume taker_buy_quote_volume trade_count
{%- endmacro %}
