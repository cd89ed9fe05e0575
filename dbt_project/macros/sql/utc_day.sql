{# The day of a date in UTC, as a range of instants. #}
{% macro utc_day(date) -%}
    tstzrange(
        {{ date }}::timestamp at time zone 'utc',
        ({{ date }} + 1)::timestamp at time zone 'utc'
    )
{%- endmacro %}
