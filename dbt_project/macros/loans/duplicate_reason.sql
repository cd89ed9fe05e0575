{#
    Why a row of a file does not count: what makes it `senseless`, else that a good row
    of the same key is further down. Null for the last good row of each key.
#}
{% macro duplicate_reason(per) -%}
    {%- set good = 'partition by senseless is null, ' ~ per | join(', ')
        ~ ' order by item_position desc' -%}
    case
        when senseless is not null then senseless
        when row_number() over ({{ good }}) = 1 then null
        when item = first_value(item) over ({{ good }})
            then {{ reason('repeated further down') }}
        else {{ reason('other values further down') }}
    end
{%- endmacro %}
