{# Symbol and minute of each candle of a page, whether it can be used or not. #}
{% macro klines_in_page(page, in_seconds=false) -%}
    (
        select
            {{ page }}.request::jsonb ->> 'symbol' as symbol,
            {{ bucket('candles.opens_at', '1 minute') }} as opened_at
        from {{ kline_times(page ~ '.payload', in_seconds) }} as candles
    )
{%- endmacro %}
