{# The number of a model's formula, which its `meta.version` says, as text. #}
{% macro formula_of(node) %}
{{ return(node.config.get('meta', {}).get('version', 1) | string) }}
{% endmacro %}
