{#
    Whether a node has nothing to do in this run: it is as its model says, and
    nothing that it reads has moved, as the run began (`ask_ledger`) and in the run. A
    existing view or function is not touched by a run of only some rows, which would
    have it read no others from then on.
#}
{% macro is_settled() %}
{% set known = graph.get('ledger') %}
{% set is_of_rows = model.config.materialized in ('incremental', 'test') %}
{% if known and not is_whole_build() %}
    {{ return(
        not is_of_rows and known.reasons.get(model.unique_id) != 'missing'
    ) }}
{% endif %}
{{ return(
    known
    and model.unique_id in known.settled
    and not known.reads[model.unique_id] | select('in', known.moved) | list
    and not should_full_refresh()
    and not (model.resource_type == 'test' and var('audit', false))
) }}
{% endmacro %}
