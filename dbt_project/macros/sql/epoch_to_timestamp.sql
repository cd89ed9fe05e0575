{# A timestamptz from a numeric epoch in milliseconds, or microseconds if as large. #}
{% macro epoch_to_timestamp(epoch) -%}
    to_timestamp({{ epoch }} / case when {{ epoch }} < 1e14 then 1e3 else 1e6 end)
{%- endmacro %}
