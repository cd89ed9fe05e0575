{#
    All raw tables of pages, a word each, of the systems in `ingestion/sources`; a new
    system's are added here.
#}
{% macro raw_tables() -%}
binance__klines
plant__readings
xe__rates
ecb__rates
loans__borrowers loans__loans loans__schedules loans__payments
coinmarketcap__listings
cryptocompare__toplist
ethereum__token_transfers ethereum__tokens
{%- endmacro %}
