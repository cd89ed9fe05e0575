{# When the ECB fixed the rates of a date: at 14:15 in Frankfurt. A timestamptz. #}
{% macro fixed_at(date) -%}
    (({{ date }} + time '14:15') at time zone 'Europe/Berlin')
{%- endmacro %}
