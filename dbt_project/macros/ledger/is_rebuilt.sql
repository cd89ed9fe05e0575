{#
    Whether this build makes all rows again, for the existing table: its formula is
    another than the one by which these were made, as the run began. `rebuild` says so
    by taking the ledger's note of it away.
#}
{% macro is_rebuilt() %}
{% set known = graph.get('ledger') if execute else none %}
{{ return(
    known is not none
    and model.unique_id in known.rebuilt
    and keeps_ledger()
    and not should_full_refresh()
) }}
{% endmacro %}
