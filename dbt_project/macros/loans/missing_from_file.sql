{#
    Whether a row of this model, as `known`, is one that the file just read, as `items`,
    no longer has.
#}
{% macro missing_from_file(per) -%}
    exists (select 1 from items where items.is_readable)
    and not exists (
        select 1
        from items
        where
            items.reason is null
            {%- for column in per %}
            and items.{{ column }} = known.{{ column }}
            {%- endfor %}
    )
{%- endmacro %}
