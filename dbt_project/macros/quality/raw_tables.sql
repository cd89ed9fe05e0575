{#
    All raw tables of pages, a word each, of the systems in `ingestion/sources`: those of
    exchanges, and the others.
#}
{% macro raw_tables() -%}
{% for line in (exchanges() ~ '\n' ~ other_tables()).splitlines() -%}
{{ line.split()[0] }}
{% endfor -%}
{%- endmacro %}


{#
    The raw tables that are of no exchange, a line each, to which a new system's are
    added: the table, and the key of its model in staging, the time last. It has no key
    where records are of no time, as in the files of a loan book, or where nothing tells
    cheaply which is the newest.
#}
{% macro other_tables() -%}
plant__readings turbine_id signal read_at
xe__rates base_currency quote_currency quoted_at
ecb__rates quote_currency rate_date
loans__borrowers
loans__loans
loans__schedules
loans__payments
coinmarketcap__listings snapshot_at
cryptocompare__toplist snapshot_at
ethereum__token_transfers block_date
ethereum__tokens
{%- endmacro %}
