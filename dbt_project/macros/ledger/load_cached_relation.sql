{#
    dbt's own question: what it knows of a relation. One that this run is to make on
    first use, and every view, is made by one run at a time: the lock is held until the
    model's connection ends. What another run has made meanwhile is known from then on.
#}
{% macro load_cached_relation(relation) %}
{% set known = adapter.get_relation(
    database=relation.database, schema=relation.schema, identifier=relation.identifier
) %}
{% set is_ours = execute and flags.WHICH in ['run', 'build'] and model is defined
    and model.resource_type == 'model'
    and relation.schema == model.schema and relation.identifier == model.alias %}
{% if is_ours and (not known or known.is_view) %}
    {% do run_query(
        "select pg_advisory_lock(hashtext('ops'), hashtext('" ~ relation ~ "'))"
    ) %}
{% endif %}
{% if is_ours and not known %}
    {# asked by itself: a statement sees what existed when it began to wait #}
    {% set kind = run_query(
        "select relkind::text from pg_class where oid = to_regclass('" ~ relation ~ "')"
    ).rows %}
    {% if kind %}
    {% set known = api.Relation.create(
        database=relation.database,
        schema=relation.schema,
        identifier=relation.identifier,
        type='view' if kind[0][0] == 'v' else 'table'
    ) %}
    {% do adapter.cache_added(known) %}
    {% endif %}
{% endif %}
{{ return(known) }}
{% endmacro %}
