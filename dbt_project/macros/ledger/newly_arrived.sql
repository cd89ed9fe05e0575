{# The rows of a landed relation that came with the loads of this build. #}
{% macro newly_arrived(relation) -%}
    (
        select landed.*
        from {{ named(relation, 'landed') }}
        where landed._dlt_load_id in {{ arrived_loads() }}
    )
{%- endmacro %}
