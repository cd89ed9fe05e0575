{# Whether most values of a column, by its `tally`, are what a kind of field has. #}
{% macro fits_kind(kind, tally) -%}
    case {{ kind }}
        when 'date' then 2 * {{ tally }}.dates >= {{ tally }}.filled
        when 'amount' then 2 * {{ tally }}.amounts >= {{ tally }}.filled
        else 2 * greatest({{ tally }}.dates, {{ tally }}.marked) <= {{ tally }}.filled
    end
{%- endmacro %}
