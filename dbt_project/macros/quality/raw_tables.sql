{#
    All raw tables of pages, a word each, of the systems in `ingestion/sources`: those of
    exchanges, and the others; a new system's are added here.
#}
{% macro raw_tables() -%}
{% for line in exchanges().strip().splitlines() -%}
{{ line.split()[0] }}
{% endfor -%}
plant__readings
xe__rates
ecb__rates
loans__borrowers loans__loans loans__schedules loans__payments
coinmarketcap__listings
cryptocompare__toplist
ethereum__token_transfers ethereum__tokens
{%- endmacro %}
