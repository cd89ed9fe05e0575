{#
    The models of tables that take the pages of a node's system apart as it does, itself
    among them: those that read a raw table of pages that it reads, and no other
    system's. A list of nodes. What one of them refuses is another's to say.
#}
{% macro page_readers(node) %}
{% set known = graph.get('page_readers') %}
{% if known is none %}
    {% set known = {} %}
    {% for unique_id in graph.nodes if unique_id.startswith('model.') %}
        {% set each, tables, systems = node_of(unique_id), [], [] %}
        {% if each.config.materialized == 'incremental' and 'staging' in each.fqn %}
            {% for upstream in upstreams(each) if upstream.resource_type == 'source' %}
                {% do systems.append(system_of(upstream)) %}
                {% do tables.append(upstream.identifier) %}
            {% endfor %}
        {% endif %}
        {% for table in tables if systems | unique | list | length == 1 %}
            {% do known.setdefault(table, []).append(each) %}
        {% endfor %}
    {% endfor %}
    {% do graph.update({'page_readers': known}) %}
{% endif %}
{% set found = [] %}
{% for upstream in upstreams(node) if upstream.resource_type == 'source' %}
    {% do found.extend(known.get(upstream.identifier, [])) %}
{% endfor %}
{% set readers = found | unique(attribute='unique_id') | list %}
{% set is_one = node.unique_id in readers | map(attribute='unique_id') %}
{{ return(readers if is_one else []) }}
{% endmacro %}
