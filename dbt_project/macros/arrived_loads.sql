{# The completed loads that this build, and no earlier one, reads: a list of ids. #}
{% macro arrived_loads() -%}
    (
        select loads_read.load_id
        from ops.loads_read
        where
            loads_read.model = '{{ this.identifier }}'
            and loads_read.version = {{ version() }}
    )
{%- endmacro %}
