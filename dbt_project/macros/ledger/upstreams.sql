{#
    What a model reads that keeps a version or a load: its incremental models and its
    sources, seen through the views between. A list of the manifest's nodes, each once.
#}
{% macro upstreams(node) %}
    {% set found = [] %}
    {% for unique_id in node.depends_on.nodes %}
        {% set upstream = graph.nodes.get(unique_id) or graph.sources.get(unique_id) %}
        {% if upstream.resource_type == 'source'
            or upstream.config.materialized == 'incremental' %}
            {% do found.append(upstream) %}
        {% elif upstream.resource_type == 'model' %}
            {% do found.extend(upstreams(upstream)) %}
        {% endif %}
    {% endfor %}
    {{ return(found | unique(attribute='unique_id') | list) }}
{% endmacro %}
