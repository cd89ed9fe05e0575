{#
    What a generic test looks at: of an incremental model the rows that changed since
    the test last passed, of another model everything. The variable `audit` makes it
    everything for all. Tests know the rows as `tested`.

    Both bounds are in the test's SQL, where `note_passed_tests` finds them. What only
    compiles, such as the docs, needs no ledger and gets none.
#}
{% macro get_where_subquery(relation) %}
{% set wanted = [config.get('where')] if config.get('where') else [] %}
{% set tested = node_of(model.attached_node) if execute else none %}
{% set keeps_versions = tested and tested.config.materialized == 'incremental' %}
{% set known = graph.get('ledger') if execute else none %}
{% if keeps_versions and known and not var('audit', false) %}
    {% do wanted.append(
        'changed_in > ' ~ known.seen.get(model.name ~ ' ' ~ tested.alias, 0)
        ~ ' and changed_in <= ' ~ known.versions.get(tested.alias, 0)
    ) %}
{% endif %}
{% if not wanted %}
    {{ return(relation ~ ' as tested') }}
{% endif %}
{{ return(
    '(select * from ' ~ relation ~ ' where ' ~ wanted | join(' and ') ~ ') as tested'
) }}
{% endmacro %}
