{#
    Exchange and symbol of the markets that changed, or whose quote asset has another
    peg, since this model last read the two lists. A query.
#}
{% macro changed_markets() -%}
    select
        exchange,
        symbol
    from {{ changed(ref('stg_markets'), ['exchange', 'symbol']) }} as market
    union
    select
        markets.exchange,
        markets.symbol
    from {{ changed(ref('stg_pegged_assets'), ['asset']) }} as peg
    inner join {{ named(ref('stg_markets'), 'markets') }}
        on peg.asset = markets.quote_asset
{%- endmacro %}
