{#
    The number of a model's formula, as text: one, and one more for each time that a
    `meta.version` was raised, its own or that of one that takes the same pages apart.
#}
{% macro formula_of(node) %}
{% set of_family = page_readers(node) | reject('equalto', node.name) | list %}
{% set versions = [node.config.get('meta', {}).get('version', 1)] %}
{% for each in graph.nodes.values() if of_family and each.name in of_family %}
    {% do versions.append(each.config.get('meta', {}).get('version', 1) - 1) %}
{% endfor %}
{{ return(versions | sum | string) }}
{% endmacro %}
