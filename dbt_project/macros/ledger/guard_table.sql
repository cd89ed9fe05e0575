{#
    Refuses a build after which the ledger would know more than the table holds: one of a
    table that has gone, and a full refresh of only some rows, or from raw pages of which
    some were pruned. The variable `rebuild_pruned` says that those may be lost. A table
    that dbt did not see when the run began, and that exists, has not gone: another run
    has made it, as `open_build` then says.
#}
{% macro guard_table() %}
{% set is_partial = should_full_refresh() and not is_whole_build() %}
{% set is_gone = not should_full_refresh() and not load_relation(this) %}
{% if is_partial or is_gone %}
    {% set built = run_query(
        "select 1 from " ~ ledger() ~ ".versions where version > 0 and model = '"
        ~ this.identifier ~ "'"
    ) %}
    {% set exists = run_query("select to_regclass('" ~ this ~ "')").rows[0][0] %}
    {% if built and is_partial %}
        {{ exceptions.raise_compiler_error(
            "With --empty or --sample, --full-refresh would replace " ~ this
            ~ " by a few of its rows. Leave out one of the two."
        ) }}
    {% elif built and not exists %}
        {{ exceptions.raise_compiler_error(
            "The ledger knows " ~ this ~ ", but the table is gone. Build it anew with: "
            ~ "dbt build --full-refresh --select " ~ this.identifier ~ "+"
        ) }}
    {% endif %}
{% endif %}
{% if should_full_refresh() and load_relation(this) %}
    {% set lost = run_query(
        lost_with("to_regclass('" ~ this ~ "')")
    ).columns[0].values() %}
    {% if lost %}
        {{ exceptions.raise_compiler_error(
            "To make " ~ this ~ " anew would take with it " ~ lost | join(', ')
            ~ ". Drop that and make it again afterwards, or leave the table out with: "
            ~ "--exclude " ~ this.identifier
        ) }}
    {% endif %}
{% endif %}
{% if should_full_refresh() and not var('rebuild_pruned', false) %}
    {% set pruned = run_query(
        "select table_name, pruned_to::text from " ~ ledger()
        ~ ".pruned where table_name in ('"
        ~ upstreams(model) | map(attribute='name') | join("', '") ~ "')"
    ) %}
    {% for row in pruned if load_relation(this) %}
        {{ exceptions.raise_compiler_error(
            "Pages of raw." ~ row['table_name'] ~ " that came before "
            ~ row['pruned_to'] ~ " were pruned, and --full-refresh would take from "
            ~ this ~ " what it has of them. Leave it out with: --exclude "
            ~ this.identifier ~ ", or lose it, and of no other table, with: --select "
            ~ this.identifier ~ " --vars '{rebuild_pruned: true}'"
        ) }}
    {% endfor %}
{% endif %}
{% endmacro %}
