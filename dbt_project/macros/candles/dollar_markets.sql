{# The markets that are quoted in the dollar, or in what is taken for it. A query. #}
{% macro dollar_markets() -%}
    select
        markets.exchange,
        markets.symbol,
        markets.coin_id
    from {{ named(ref('stg_markets'), 'markets') }}
    inner join {{ named(ref('stg_pegged_assets'), 'pegs') }}
        on markets.quote_asset = pegs.asset
    where pegs.currency = 'USD'
{%- endmacro %}
