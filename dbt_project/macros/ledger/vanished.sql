{#
    The keys that vanished from an upstream model since this model last read it. `keys`
    maps each wanted column to its type.
#}
{% macro vanished(relation, keys) -%}
    (
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
