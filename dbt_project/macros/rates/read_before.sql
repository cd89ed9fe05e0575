{#
    The rows of a landed relation that came with loads of earlier builds, if an entry of
    a list by which its records are judged has changed since; else none. The list's key
    is one column of text.
#}
{% macro read_before(relation, list, key) -%}
    (
        select landed.*
        from {{ named(relation, 'landed') }}
        where
            landed._dlt_load_id in (
                select loads_read.load_id
                from {{ ledger() }}.loads_read
                where
                    loads_read.model = current_setting('ledger.model', true)
                    and loads_read.version < {{ version() }}
            )
            and exists (
                select 1
                from {{ changed(list, [key]) }} as entry
            )
    )
{%- endmacro %}
