{#
    A timestamptz from a time in ISO 8601. Without an offset it is UTC, whatever the
    session's time zone.
#}
{% macro text_to_timestamp(text) -%}
    case
        when {{ has_offset(text) }} then ({{ text }})::timestamptz
        else ({{ text }})::timestamp at time zone 'utc'
    end
{%- endmacro %}
