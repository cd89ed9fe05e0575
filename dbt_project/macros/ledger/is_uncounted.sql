{# Whether an incremental model has a table that no build which counts made. #}
{% macro is_uncounted() %}
{% set known = graph.get('ledger') if execute else none %}
{{ return(
    known
    and not known.versions.get(this.identifier)
    and keeps_ledger()
    and load_cached_relation(this)
    and not run_query(
        "select 1 from " ~ ledger() ~ ".versions where version > 0 and model = '"
        ~ this.identifier ~ "'"
    ).rows
) }}
{% endmacro %}
