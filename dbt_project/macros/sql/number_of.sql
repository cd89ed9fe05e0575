{#
    The number that a JSON value is, or that a text in it says, exact. Null of another
    one, of a word such as NaN, and of a number that is written with more than 400 digits
    or characters, which no text is made of.
#}
{% macro number_of(value) -%}
    case jsonb_typeof({{ value }})
        when 'number'
            then case
                when scale(({{ value }})::numeric) <= 400 then ({{ value }})::numeric
            end
        when 'string' then {{ as_number(value ~ " #>> '{}'") }}
    end
{%- endmacro %}
