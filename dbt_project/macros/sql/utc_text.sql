{# An instant as ISO 8601 has it, in UTC whatever the zone of the session. #}
{% macro utc_text(instant) -%}
    rtrim(
        rtrim(
            to_char({{ instant }} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
            '0'
        ),
        '.'
    ) || 'Z'
{%- endmacro %}
