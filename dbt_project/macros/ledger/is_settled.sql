{#
    Whether a node has nothing to do in this run: it is as its model says, and nothing
    that a table or a test reads has moved, as the run began (`ask_ledger`) and in the
    run. An existing view or function is not touched by a run of only some rows, which
    would have it read no others from then on. What is said as a node is compiled holds
    as it is built. An ephemeral model has nothing to do where the whole run has not.
#}
{% macro is_settled() %}
{% set known = graph.get('ledger') %}
{% if not known %}
    {{ return(false) }}
{% endif %}
{% if model.unique_id not in known.idle %}
    {% set is_part = model.config.materialized == 'ephemeral' %}
    {% set is_query = model.config.materialized in ('view', 'function') %}
    {% set is_there = model.config.materialized != 'view'
        or adapter.get_relation(this.database, this.schema, this.identifier) %}
    {% set is_idle = (
        (not known.reasons if is_part else model.unique_id in known.settled)
        and (
            is_query
            or not known.reads.get(model.unique_id, []) | select('in', known.moved) | list
        )
        and not (
            (is_part or model.resource_type == 'test') and var('audit', false)
        )
    ) if is_whole_build() else (
        is_query
        and known.reasons.get(model.unique_id) != 'missing'
    ) %}
    {% do known.idle.update({model.unique_id: is_there and is_idle}) %}
{% endif %}
{{ return(known.idle[model.unique_id]) }}
{% endmacro %}
