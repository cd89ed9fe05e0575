{#
    On run start: asks the ledger which of the selected nodes have something to do, and
    keeps the answer for all of them, with what tests need to know. What the run itself
    moves is added by its builds (`note_built`).

    dbt gives all nodes of a run the same `graph`, which so is the place for it: by node
    the models that it `reads`, its `checksum` and the `reasons` to build it; the nodes
    that are `settled`, and the models that are to be `rebuilt`; those that have `moved`,
    their `versions`, and those whose last build has `failed`; up to which version a test
    has `seen` a model; the result of a test that `passed`; and what `is_settled` and
    `is_incremental` have answered, which are `idle` and `increments`.
#}
{% macro ask_ledger() %}
{% if execute and flags.WHICH in ["run", "build", "test", "retry"] %}
{% set known = {
    'reads': {}, 'checksums': {}, 'reasons': {}, 'settled': [], 'moved': [],
    'versions': {}, 'failed': [], 'seen': {}, 'rebuilt': [], 'idle': {},
    'increments': {},
} %}
{% do graph.update({'ledger': known}) %}
{% set asked, ids = [], {} %}
{% for unique_id in selected_resources %}
{% set node = node_of(unique_id) %}
{% set kind = {
    'incremental': 'table', 'view': 'view', 'function': 'function', 'test': 'test',
}.get(node.config.materialized) if node %}
{% if kind %}
    {% set reads, tables, systems = [], [], [] %}
    {% for upstream in upstreams(node) %}
        {% if upstream.resource_type == 'source' %}
            {% do tables.append(upstream.schema ~ '.' ~ upstream.identifier) %}
            {% do systems.append(system_of(upstream)) %}
        {% else %}
            {% do reads.append(upstream.alias) %}
        {% endif %}
    {% endfor %}
    {% do known.reads.update({unique_id: reads | unique | list}) %}
    {% set name = node.name if kind == 'test' else node.alias %}
    {% do ids.update({name: unique_id}) %}
    {% do asked.append({
        'name': name,
        'kind': kind,
        'schema': node.schema,
        'alias': node.alias,
        'checksum': checksum_of(unique_id),
        'reads': known.reads[unique_id],
        'tables': tables | unique | list,
        'systems': systems | unique | list,
    }) %}
{% endif %}
{% endfor %}

{# of raw it reads one table, and no view that may be in its place #}
{% for row in run_query(
    "select set_config(name, 'view, foreign-table', true) from pg_settings "
    ~ "where name = 'restrict_nonsystem_relation_kind'; set local row_security = off; "
    ~ "select name, reason from " ~ ledger() ~ ".pending('"
    ~ tojson(asked) | replace("'", "''") ~ "')"
) %}
    {% do known.reasons.update({ids[row['name']]: row['reason']}) %}
{% endfor %}
{% for unique_id in ids.values() if is_refreshed(node_of(unique_id)) %}
    {% do known.reasons.setdefault(unique_id, 'refreshed') %}
{% endfor %}
{% do known.settled.extend(ids.values() | reject('in', known.reasons)) %}
{% for row in run_query(
    "select model, version, formula, failed_at is not null as has_failed from "
    ~ ledger() ~ ".versions where version > 0 or failed_at is not null"
) %}
    {% do known.versions.update({row['model']: row['version']}) %}
    {% if row['has_failed'] %}{% do known.failed.append(row['model']) %}{% endif %}
    {% set node = node_of(ids.get(row['model'])) %}
    {% if node and node.resource_type == 'model' and row['version']
        and formula_of(node) != row['formula'] %}
        {% do known.rebuilt.append(node.unique_id) %}
    {% endif %}
{% endfor %}
{% set tests = asked | selectattr('kind', 'equalto', 'test') | map(attribute='name') %}
{% for row in run_query(
    "select model, upstream, done from " ~ ledger() ~ ".reads where model in ('"
    ~ tests | join("', '") ~ "')"
) %}
    {% do known.seen.update({row['model'] ~ ' ' ~ row['upstream']: row['done']}) %}
{% endfor %}
{% do known.update({'passed': run_query(
    "select 0 as failures, false as should_warn, false as should_error"
)}) %}
{% endif %}
{% endmacro %}
