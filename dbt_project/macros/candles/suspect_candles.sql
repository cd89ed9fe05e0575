{#
    What may be a reject of an exchange's candles, as `open_rejects` takes it: those that
    are `unused` or were `retracted`, each under symbol and minute, or else under its
    request and place. A query.
#}
{% macro suspect_candles(unused, retracted, columns) -%}
    {%- set candle = "symbol "
        ~ "|| to_char(opened_at at time zone 'utc', ' YYYY-MM-DD HH24:MI')" -%}
    select
        case
            when reason = {{ said_otherwise() }}
                then {{ candle }} || ' #' || item_position
            else coalesce(
                {{ candle }},
                {{ shortened('request', 400) }} || ' #' || item_position
            )
        end as record_key,
        {{ columns | join(', ') }}
    from {{ unused }}
    where reason != {{ taken_back() }}
    union all
    select
        {{ candle }} as record_key,
        {{ columns | join(', ') }}
    from {{ retracted }}
{%- endmacro %}
