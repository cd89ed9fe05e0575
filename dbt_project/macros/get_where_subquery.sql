{#
    What a generic test looks at: of an incremental model the rows that changed since
    the test last passed, of another model everything. The variable `audit` makes it
    everything for all. Tests know the rows as `tested`.

    Both bounds stand in the test's SQL, where `note_passed_tests` finds them. What only
    compiles, such as the docs, needs no ledger and gets none.
#}
{% macro get_where_subquery(relation) %}
{% set wanted = [config.get('where')] if config.get('where') else [] %}
{% set tested = graph.nodes.get(model.attached_node) if execute else none %}
{% set keeps_versions = tested and tested.config.materialized == 'incremental' %}
{% if keeps_versions and not var('audit', false) and flags.WHICH in ['build', 'test'] %}
    {% set seen = run_query("
        select
            coalesce(max(reads.done), 0) as done,
            coalesce(max(versions.version), 0) as next
        from " ~ ledger() ~ ".versions
        left join " ~ ledger() ~ ".reads
            on versions.model = reads.upstream and reads.model = '" ~ model.name ~ "'
        where versions.model = '" ~ tested.alias ~ "'
    ").rows[0] %}
    {% do wanted.append(
        'changed_in > ' ~ seen['done'] ~ ' and changed_in <= ' ~ seen['next']
    ) %}
{% endif %}
{% if not wanted %}
    {{ return(relation ~ ' as tested') }}
{% endif %}
{{ return(
    '(select * from ' ~ relation ~ ' where ' ~ wanted | join(' and ') ~ ') as tested'
) }}
{% endmacro %}
