{#
    Refuses a build after which the ledger would know more than the table holds: one of a
    table that has gone, and a full refresh of only some rows.
#}
{% macro guard_table() %}
{% set is_partial = should_full_refresh() and not is_whole_build() %}
{% set is_gone = not should_full_refresh() and not load_relation(this) %}
{% if is_partial or is_gone %}
    {% set built = run_query(
        "select 1 from ops.versions where version > 0 and model = '"
        ~ this.identifier ~ "'"
    ) %}
    {% if built and is_partial %}
        {{ exceptions.raise_compiler_error(
            "With --empty or --sample, --full-refresh would replace " ~ this
            ~ " by a few of its rows. Leave out one of the two."
        ) }}
    {% elif built %}
        {{ exceptions.raise_compiler_error(
            "The ledger knows " ~ this ~ ", but the table is gone. Build it anew with: "
            ~ "dbt build --full-refresh --select " ~ this.identifier ~ "+"
        ) }}
    {% endif %}
{% endif %}
{% endmacro %}
