{#
    When the candles of a page open, whether they can be used or not, as lateral rows
    (opens_at timestamptz): null of one that has no such time.
#}
{% macro kline_times(payload) -%}
    {%- set text = 'case when ' ~ payload ~ ' is json then ' ~ payload
        ~ ' else ' ~ strict_json(payload) ~ ' end' -%}
    (
        select {{ epoch_to_timestamp('told.open_time::numeric') }} as opens_at
        from (
            select
                substring(
                    parts.item_text from '^\s*\[\s*"?([0-9]{13,16})"?\s*[],]'
                ) as open_time
            from {{ json_items(text, 'false') }} as parts
        ) as told
    )
{%- endmacro %}
