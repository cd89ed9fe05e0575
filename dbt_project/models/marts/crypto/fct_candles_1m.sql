{{ config(materialized='view') }}

{% set columns = [
    'symbol', 'opened_at', 'open_price', 'high_price', 'low_price', 'close_price',
    'base_volume', 'quote_volume', 'taker_buy_base_volume', 'taker_buy_quote_volume',
    'trade_count', 'fetched_at',
] %}

{# No CTE: Postgres looks for no order through it, and would sort all rows for one. #}
select
    exchange,
    {{ columns | join(',\n    ') }}
from {{ exchange_minutes(columns) }} as minutes
