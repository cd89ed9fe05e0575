{# The completed loads that this build and earlier ones read: a list of ids. #}
{% macro known_loads() -%}
    (
        select loads_read.load_id
        from {{ ledger() }}.loads_read
        where loads_read.model = current_setting('ledger.model', true)
    )
{%- endmacro %}
