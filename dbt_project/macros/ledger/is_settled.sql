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
    {% set kind = model.config.materialized %}
    {% set is_query = kind in ('view', 'function') %}
    {% set is_there = kind != 'view'
        or adapter.get_relation(this.database, this.schema, this.identifier) %}
    {% set was_settled = not known.reasons if kind == 'ephemeral'
        else model.unique_id in known.settled %}
    {% set reads = [] if is_query else known.reads.get(model.unique_id, []) %}
    {% set is_audited = var('audit', false) and kind in ('ephemeral', 'test') %}
    {% set is_idle = (
        was_settled
        and not reads | select('in', known.moved) | list
        and not is_audited
    ) if is_whole_build() else (
        is_query
        and known.reasons.get(model.unique_id) != 'missing'
    ) %}
    {% do known.idle.update({model.unique_id: is_there and is_idle}) %}
{% endif %}
{{ return(known.idle[model.unique_id]) }}
{% endmacro %}
