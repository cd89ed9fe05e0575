{# Fails for every candle that differs from what the minutes in its bucket say. #}
{% test equals_its_minutes(model, width) %}

{% set columns = [
    'symbol', 'opened_at', 'open_price', 'high_price', 'low_price', 'close_price',
    'base_volume', 'quote_volume', 'taker_buy_base_volume', 'taker_buy_quote_volume',
    'trade_count',
] %}

select
    tested.exchange,
    tested.symbol,
    tested.opened_at
from {{ model }}
cross join lateral (
    select
        {{ first_by('minute.open_price', 'minute.opened_at') }} as open_price,
        max(minute.high_price) as high_price,
        min(minute.low_price) as low_price,
        {{ last_by('minute.close_price', 'minute.opened_at') }} as close_price,
        sum(minute.base_volume) as base_volume,
        sum(minute.quote_volume) as quote_volume,
        sum(minute.taker_buy_base_volume) as taker_buy_base_volume,
        sum(minute.taker_buy_quote_volume) as taker_buy_quote_volume,
        sum(minute.trade_count) as trade_count,
        count(*) as minute_count
    from {{ exchange_minutes(columns) }} as minute
    where
        minute.exchange = tested.exchange
        and minute.symbol = tested.symbol
        and minute.opened_at >= tested.opened_at
        and minute.opened_at < tested.opened_at + interval '{{ width }}'
) as said
where
    (
        tested.open_price,
        tested.high_price,
        tested.low_price,
        tested.close_price,
        tested.base_volume,
        tested.quote_volume,
        tested.taker_buy_base_volume,
        tested.taker_buy_quote_volume,
        tested.trade_count,
        tested.minute_count
    )
    is distinct from (
        said.open_price,
        said.high_price,
        said.low_price,
        said.close_price,
        said.base_volume,
        said.quote_volume,
        said.taker_buy_base_volume,
        said.taker_buy_quote_volume,
        said.trade_count,
        said.minute_count
    )

{% endtest %}
