{#
    The number of zero or more that a text says, in digits with a point, exact; commas
    between thousands are no matter. Null for any other text.
#}
{% macro as_amount(text) -%}
    case
        when
            {{ text }} ~ '^([0-9]{1,30}|[0-9]{1,3}(,[0-9]{3}){1,9})(\.[0-9]{1,30})?$'
            then replace({{ text }}, ',', '')::numeric
    end
{%- endmacro %}
