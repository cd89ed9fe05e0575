{#
    The version of an upstream up to which this model has read it, a bigint. A setting
    and not a subquery: the planner estimates with its value, and picks the index.
#}
{% macro last_read(relation) -%}
    coalesce(
        nullif(current_setting('ledger.done_{{ relation.identifier }}', true), ''), '0'
    )::bigint
{%- endmacro %}
