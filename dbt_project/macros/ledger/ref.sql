{#
    dbt's own, but where a node has nothing to do the SQL of the ephemeral models that it
    reads is neither rendered nor put into its own, which dbt takes apart for that.
#}
{% macro ref() %}
{% if execute and graph.get('ledger') %}
    {% set upstream = node_of('model.' ~ project_name ~ '.' ~ varargs[-1]) %}
    {% if upstream and upstream.config.materialized == 'ephemeral' and is_settled() %}
        {{ return(api.Relation.create(identifier='__dbt__cte__' ~ upstream.name)) }}
    {% endif %}
{% endif %}
{{ return(builtins.ref(*varargs, **kwargs)) }}
{% endmacro %}
