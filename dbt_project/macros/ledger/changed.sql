{#
    The keys of an upstream model that changed or vanished since this model last read
    it, by the names of its columns that are wanted.
#}
{% macro changed(relation, columns) -%}
    (
        select {{ columns | join(', ') }}
        from {{ relation }}
        where changed_in > {{ last_read(relation) }}
        union all
        select * from {{ vanished(relation, columns) }} as gone
    )
{%- endmacro %}
