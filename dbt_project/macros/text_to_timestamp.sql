{#
    A timestamptz from a time in ISO 8601. Without an offset it is UTC, whatever the
    session's time zone.
#}
{% macro text_to_timestamp(text) -%}
    case
        when substring({{ text }} from 12) ~ '[Zz+-]' then ({{ text }})::timestamptz
        else ({{ text }})::timestamp at time zone 'utc'
    end
{%- endmacro %}
