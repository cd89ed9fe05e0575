{#
    A model, function, test or source of the manifest by its id, none where there is no
    such. dbt copies one whenever it is looked at: a run copies it once.
#}
{% macro node_of(unique_id) %}
{% set known = graph.setdefault('copies', {}) %}
{% if unique_id not in known %}
    {% do known.update({unique_id: graph.nodes.get(unique_id)
        or graph.functions.get(unique_id) or graph.sources.get(unique_id)}) %}
{% endif %}
{{ return(known[unique_id]) }}
{% endmacro %}
