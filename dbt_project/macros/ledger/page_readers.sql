{#
    The models of tables that take the pages of a node's system apart as it does, itself
    among them: those that read a raw table of pages that it reads, and no other
    system's. A list of nodes. What one of them refuses is another's to say.
#}
{% macro page_readers(node) %}
{% set known = graph.get('page_readers', {}) %}
{% if not known %}
    {% for each in graph.nodes.values() if each.resource_type == 'model'
        and each.config.materialized == 'incremental' and 'staging' in each.fqn %}
        {% set tables, systems = [], [] %}
        {% for upstream in upstreams(each) if upstream.resource_type == 'source' %}
            {% do systems.append(system_of(upstream)) %}
            {% do tables.append(upstream.identifier) %}
        {% endfor %}
        {% if systems | unique | list | length == 1 %}
            {% do known.update({each.name: {'node': each, 'tables': tables}}) %}
        {% endif %}
    {% endfor %}
    {% do graph.update({'page_readers': known}) %}
{% endif %}
{% set found = [] %}
{% set wanted = known.get(node.name, {}).get('tables', []) %}
{% for each in known.values() if each.tables | select('in', wanted) | list %}
    {% do found.append(each.node) %}
{% endfor %}
{{ return(found) }}
{% endmacro %}
