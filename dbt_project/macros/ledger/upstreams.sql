{#
    What a model reads that keeps a version or a load: its incremental models and its
    sources, seen through the views between. A list of the manifest's nodes, each once.
#}
{% macro upstreams(node) %}
{% set known = graph.setdefault('upstreams', {}) %}
{% if node.unique_id not in known %}
    {% set found = [] %}
    {% for unique_id in node.depends_on.nodes %}
        {% set upstream = node_of(unique_id) %}
        {% if upstream.resource_type == 'source'
            or upstream.config.materialized == 'incremental' %}
            {% do found.append(upstream) %}
        {% elif upstream.resource_type == 'model' %}
            {% do found.extend(upstreams(upstream)) %}
        {% endif %}
    {% endfor %}
    {% set once = found | unique(attribute='unique_id') | list %}
    {% do known.update({node.unique_id: once}) %}
{% endif %}
{{ return(known[node.unique_id]) }}
{% endmacro %}
