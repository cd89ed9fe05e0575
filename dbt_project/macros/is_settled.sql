{#
    Whether a node has nothing to do in this run: it stands as its model says, and
    nothing that it reads has moved, as the run began (`ask_ledger`) and in the run.
#}
{% macro is_settled() %}
{% set known = graph.get('ledger') %}
{{ return(
    known
    and model.unique_id in known.settled
    and not known.reads[model.unique_id] | select('in', known.moved) | list
    and is_whole_build()
    and not should_full_refresh()
    and not (model.resource_type == 'test' and var('audit', false))
) }}
{% endmacro %}
