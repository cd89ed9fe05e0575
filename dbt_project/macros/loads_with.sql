{#
    The completed loads that `model` has read since this model last read it: a list of
    ids. One that came between the two models' builds waits for the other's.
#}
{% macro loads_with(model) -%}
    (
        select loads_read.load_id
        from {{ ledger() }}.loads_read
        where
            loads_read.model = '{{ model.identifier }}'
            and loads_read.version > {{ last_read(model) }}
    )
{%- endmacro %}
