{# Start of the UTC bucket of `width` that holds a time; weeks open on Monday. #}
{% macro bucket(time, width) -%}
    {%- if target.type == 'spark' -%}
    {%- set count, unit = width.split() -%}
    {%- set seconds = count | int * {'minute': 60, 'hour': 3600}[unit.rstrip('s')] -%}
    timestamp_seconds(
        unix_seconds({{ time }})
        - pmod(unix_seconds({{ time }}) - 978307200, {{ seconds }})
    )
    {%- else -%}
    date_bin('{{ width }}', {{ time }}, '2001-01-01 00:00:00+00'::timestamptz)
    {%- endif -%}
{%- endmacro %}
