{#
    The name of the query that a page of BigQuery's is of, short enough for a key. A page
    that names none is of its load's.
#}
{% macro job_of(page) -%}
    coalesce(
        {{ shortened(page ~ ".request::jsonb ->> 'job'") }}, 'load ' || {{ page }}._dlt_load_id
    )
{%- endmacro %}
