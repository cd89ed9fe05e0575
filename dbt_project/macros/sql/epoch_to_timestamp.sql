{#
    A timestamptz from a numeric epoch in milliseconds, or microseconds if as large; or in
    seconds.
#}
{% macro epoch_to_timestamp(epoch, in_seconds=false) -%}
    {%- if target.type == 'spark' and in_seconds -%}
    timestamp_seconds({{ epoch }})
    {%- elif target.type == 'spark' -%}
    timestamp_micros({{ epoch }} * case when {{ epoch }} < 1e14 then 1000 else 1 end)
    {%- elif in_seconds -%}
    to_timestamp({{ epoch }})
    {%- else -%}
    to_timestamp({{ epoch }} / case when {{ epoch }} < 1e14 then 1e3 else 1e6 end)
    {%- endif -%}
{%- endmacro %}
