{#
    dbt's own question, which the variable `outdated` answers too, and a table that no
    build which counts has made, such as one with `--empty`: what only a first build
    does it lacks. A model that refuses full refreshes, for what its table holds, has
    one where the table is gone.
#}
{% macro should_full_refresh() %}
{{ return(
    is_refreshed(model)
    or is_uncounted()
    or (execute and flags.FULL_REFRESH and not load_relation(this))
) }}
{% endmacro %}
