{#
    The rows of the file that was just read, as `items`, and those of this model that it
    no longer has, if it can be read, as `with_gone` gives them. A query.
#}
{% macro with_gone_from_file(rows, keys) -%}
    {%- set stored -%}
    (
        select {{ keys | join(', ') }}
        from {{ this }}
        where
            exists (
                select 1
                from items
                where items.is_readable
            )
    ) as stored
    {%- endset -%}
    {{ with_gone(rows, stored, keys) }}
{%- endmacro %}
