{# Whether this run makes a model's table anew: as a full refresh, or as `outdated`. #}
{% macro is_refreshed(node) %}
{% set chosen = node.config.get('full_refresh') %}
{{ return(
    node.name in var('outdated', [])
    or (flags.FULL_REFRESH if chosen is none else chosen)
) }}
{% endmacro %}
