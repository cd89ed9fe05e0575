{#
    One candle of a group of narrower ones, the rows of `parts`: a select list. Minutes
    are counted, wider parts add up theirs.
#}
{% macro ohlcv_rollup(of_minutes) -%}
    {{ first_by('parts.open_price', 'parts.opened_at') }} as open_price,
    max(parts.high_price) as high_price,
    min(parts.low_price) as low_price,
    {{ last_by('parts.close_price', 'parts.opened_at') }} as close_price,
    sum(parts.base_volume) as base_volume,
    sum(parts.quote_volume) as quote_volume,
    sum(parts.taker_buy_base_volume) as taker_buy_base_volume,
    sum(parts.taker_buy_quote_volume) as taker_buy_quote_volume,
    {{ whole_sum('parts.trade_count') }} as trade_count,
    {{ 'count(*)' if of_minutes else whole_sum('parts.minute_count') }} as minute_count
{%- endmacro %}
