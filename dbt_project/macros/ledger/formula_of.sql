{#
    The number of a model's formula, as text: one, and one more for each time that a
    `meta.version` was raised, its own or that of one that takes the same pages apart.
#}
{% macro formula_of(node) %}
{% set raised = [] %}
{% for each in page_readers(node) or [node] %}
    {% do raised.append(each.config.get('meta', {}).get('version', 1) - 1) %}
{% endfor %}
{{ return((1 + raised | sum) | string) }}
{% endmacro %}
