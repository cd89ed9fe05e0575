{#
    Which keys were asked and answered as before, one row per note.
    Nothing landed for them, and no model builds anything from them.
#}
{{ config(materialized='ephemeral', access='private') }}

{# All systems, and of which raw table a key is; a new one is added here. #}
{% set tables = {
    'binance': "'binance__klines'",
    'plant': "'plant__readings'",
    'xe': "'xe__rates'",
    'ecb': "'ecb__rates'",
    'loans': "'loans__' || split_part(key, '.', 1)",
    'coinmarketcap': "'coinmarketcap__listings'",
    'cryptocompare': "'cryptocompare__toplist'",
    'ethereum': "'ethereum__' || key",
} %}

with

notes as (

    {% for system, table in tables.items() %}
    select
        -- keys
        _dlt_load_id as load_id,
        {{ table }} as table_name,
        {{ shortened('key') }} as key, -- noqa: RF04
        -- lineage
        fetched_at
    from {{ source('raw', system ~ '__fetches') }}
    where outcome = 'unchanged'
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from notes
