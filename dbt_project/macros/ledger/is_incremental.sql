{#
    dbt's own question; what is rebuilt is made by the query of a first build. A run has
    one answer for a model, however often its SQL asks.
#}
{% macro is_incremental() %}
{% set known = (graph.get('ledger') or {}).get('increments', {}) if execute else {} %}
{% if model.unique_id not in known %}
    {% do known.update(
        {model.unique_id: dbt.is_incremental() and not is_rebuilt()}
    ) %}
{% endif %}
{{ return(known[model.unique_id]) }}
{% endmacro %}
