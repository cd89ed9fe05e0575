{#
    The keys of an upstream model that changed or vanished since this model last read
    it. `keys` maps each wanted column to its type.
#}
{% macro changed(relation, keys) -%}
    (
        select {{ keys | join(', ') }}
        from {{ relation }}
        where changed_in > {{ last_read(relation) }}
        union all
        select * from {{ vanished(relation, keys) }} as gone
    )
{%- endmacro %}
