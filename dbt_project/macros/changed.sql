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
        select
            {%- for column, type in keys.items() %}
            (key ->> '{{ column }}')::{{ type }} as {{ column }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        from {{ ledger() }}.vanished
        where
            model = '{{ relation.identifier }}'
            and version > {{ last_read(relation) }}
    )
{%- endmacro %}
