{# The closed candles of some landed `pages` of Binance's, as `klines_of` gives them. #}
{% macro binance_klines(pages) -%}
    {{ klines_of(
        pages,
        places={
            'open_price': 1,
            'high_price': 2,
            'low_price': 3,
            'close_price': 4,
            'base_volume': 5,
            'quote_volume': 7,
            'trade_count': 8,
            'taker_buy_base_volume': 9,
            'taker_buy_quote_volume': 10,
        },
        fewest=11,
        is_asked="request::jsonb ->> 'interval' = '1m'",
        is_plain=is_plain_klines('payload'),
    ) }}
{%- endmacro %}
