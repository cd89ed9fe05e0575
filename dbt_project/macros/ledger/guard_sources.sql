{#
    Refuses a build that reads a raw table which is not there or not yet as this project
    has it, and a full refresh from one that has lost rows. The variable
    `rebuild_pruned` says that those may be lost. Each sentence names the command that
    mends it.
#}
{% macro guard_sources() %}
{% set tables = [] %}
{% for upstream in upstreams(model) if upstream.resource_type == 'source' %}
    {% do tables.append(upstream) %}
{% endfor %}
{% if tables %}
    {% set names = tables | map(attribute='identifier') | join("', '") %}
    {% set found = run_query(
        "select to_regclass('raw.fetches') is not null as is_shared, "
        ~ "(select min(name) from unnest(array['" ~ names ~ "']) as names (name) "
        ~ "where to_regclass('raw.' || name) is null) as missing"
    ).rows[0] %}
    {% if found['is_shared'] and '__fetches' in names %}
        {{ exceptions.raise_compiler_error(
            "What was asked lies in raw.fetches still, and not in a table a system. "
            ~ "Carry it over, with all that an earlier release left, with: make upgrade"
        ) }}
    {% elif found['missing'] %}
        {% set is_dlts = found['missing'].startswith('_') %}
        {{ exceptions.raise_compiler_error(
            "There is no table raw." ~ found['missing'] ~ ". Make it with: "
            ~ "python -m ingestion "
            ~ ('binance' if is_dlts else found['missing'].split('__')[0])
        ) }}
    {% endif %}
    {% if should_full_refresh() and load_relation(this)
        and not var('rebuild_pruned', false) %}
        {% for row in lost_loads(model) %}
            {{ exceptions.raise_compiler_error(
                "raw." ~ row['table_name'] ~ " has lost what " ~ row['load_count']
                ~ " loads up to " ~ row['loaded_at'] ~ " put there, and --full-refresh "
                ~ "would take from " ~ this ~ " what it has of them. Leave it out with: "
                ~ "--exclude " ~ this.identifier ~ ", or lose it with: "
                ~ "--vars '{rebuild_pruned: true}'"
            ) }}
        {% endfor %}
    {% endif %}
{% endif %}
{% endmacro %}
