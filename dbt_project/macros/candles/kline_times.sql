{#
    When the candles of a page open, whether they can be used or not, as lateral rows
    (opens_at timestamptz): null of one that has no such time.
#}
{% macro kline_times(payload, in_seconds=false) -%}
    {%- set text = 'case when ' ~ payload ~ ' is json then ' ~ payload
        ~ ' else ' ~ strict_json(payload) ~ ' end' -%}
    (
        select {{ epoch_to_timestamp('listed.open_time::numeric', in_seconds) }} as opens_at
        from (
            select
                {{ open_time_in('parts.item_text', in_seconds) }} as open_time
            from {{ json_items(text, 'false') }} as parts
        ) as listed
    )
{%- endmacro %}


{# The time that the text of a candle begins with, as it is written; null of another. #}
{% macro open_time_in(item_text, in_seconds) -%}
    {%- set digits = '9,10' if in_seconds else '13,16' -%}
    substring({{ item_text }} from '^\s*\[\s*"?([0-9]{{ '{' ~ digits ~ '}' }})"?\s*[],]')
{%- endmacro %}
