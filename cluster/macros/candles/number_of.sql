{#
    The text of a number that a JSON value is or says, in the form of JSON; null of
    another. All numbers of a page are texts here, so none has been through a double.
#}
{% macro number_of(value) -%}
    case
        when
            length({{ value }}) <= 400
            and {{ value }}
            rlike '^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]{1,3})?$'
            then {{ value }}
    end
{%- endmacro %}


{# The type of prices and volumes: all below 1e20, to 18 places. #}
{% macro exact() -%}
    decimal(38, 18)
{%- endmacro %}


{# Whether that type holds a number's text to its last digit; a cast would round it. #}
{% macro is_held(number) -%}
    (
        try_cast({{ number }} as {{ exact() }}) is not null
        and length(
            regexp_replace(regexp_extract({{ number }}, '[.]([0-9]*)', 1), '0+$', '')
        ) - coalesce(
            cast(
                nullif(regexp_extract({{ number }}, '[eE]([-+]?[0-9]+)$', 1), '') as int
            ),
            0
        ) <= 18
    )
{%- endmacro %}
