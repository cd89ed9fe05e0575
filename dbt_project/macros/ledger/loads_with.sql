{#
    The completed loads that both this model and `model` have read, one of them with this
    build or since this model last read the other: a list of ids. A load that only one of
    them has read waits for the other.
#}
{% macro loads_with(model) -%}
    (
        select theirs.load_id
        from {{ ledger() }}.loads_read as theirs
        inner join {{ ledger() }}.loads_read as ours on theirs.load_id = ours.load_id
        where
            theirs.model = '{{ model.identifier }}'
            and ours.model = current_setting('ledger.model', true)
            and (
                ours.version = {{ version() }}
                or theirs.version > {{ last_read(model) }}
            )
    )
{%- endmacro %}
