{#
    The day that a text says, as MM/DD/YYYY or YYYY-MM-DD, from 1900 to 2199; null where
    there is no such day.
#}
{% macro as_date(text) -%}
    {%- set iso -%}
        regexp_replace({{ text }}, '^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})$', '\3-\1-\2')
    {%- endset -%}
    case
        when
            {{ iso }} ~ '^(19|20|21)[0-9]{2}-[0-9]{1,2}-[0-9]{1,2}$'
            and pg_input_is_valid({{ iso }}, 'date')
            then ({{ iso }})::date
    end
{%- endmacro %}
