{#
    The completed loads that this build, and no earlier one, reads: a list of ids. The
    build's name comes from the session, since an ephemeral model has another's builds.
#}
{% macro arrived_loads() -%}
    (
        select loads_read.load_id
        from {{ ledger() }}.loads_read
        where
            loads_read.model = current_setting('ledger.model', true)
            and loads_read.version = {{ version() }}
    )
{%- endmacro %}
