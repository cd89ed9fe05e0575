{#
    Why a text says no number, in the words of a reject: one of more digits or a larger
    exponent than `as_amount` reads is beyond all bounds.
#}
{% macro why_no_amount(text) -%}
    case
        when {{ text }} is null then {{ reason('no amount') }}
        when {{ text }} ~ '^[-+]?[0-9]+([.,][0-9]*)?([eE][-+]?[0-9]+)?$'
            then {{ beyond('money', ['1e20']) }}
        else {{ reason('an amount that is no number, such as 1234.50') }}
    end
{%- endmacro %}
