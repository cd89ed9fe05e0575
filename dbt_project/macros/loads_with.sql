{#
    The completed loads that this build reads, and those that `model` has read since this
    model last read it: a list of ids. One that came between the two models' builds was
    read here first, and comes again with the other's rows.
#}
{% macro loads_with(model) -%}
    (
        select arrived.load_id
        from {{ arrived_loads() }} as arrived
        union
        select loads_read.load_id
        from {{ ledger() }}.loads_read
        where
            loads_read.model = '{{ model.identifier }}'
            and loads_read.version > {{ last_read(model) }}
    )
{%- endmacro %}
