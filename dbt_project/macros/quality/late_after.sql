{#
    After how many seconds without an answer a raw table is late: when dbt's source
    freshness warns of it; null where nothing does.
#}
{% macro late_after(table) -%}
{% set seconds = {'minute': 60, 'hour': 3600, 'day': 86400} %}
{% set limits = [] %}
{% set sources = graph.sources.values() if execute else [] %}
{% for source in sources if source.name == table %}
    {% set limit = (source.config.freshness or {}).warn_after %}
    {% if limit and limit.count %}
        {% do limits.append(limit.count * seconds[limit.period]) %}
    {% endif %}
{% endfor %}
{{ limits | first or 'null' }}::bigint
{%- endmacro %}
