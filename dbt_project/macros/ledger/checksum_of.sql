{#
    What decides what a build of a node would run and write, as one number: its file and
    YAML, the macros that it uses and theirs, the variables that these name, and the
    same of the views, ephemeral models and functions that it reads; of tables their
    columns. Read from the manifest without compiling, by `warehouse.checksums` too.
#}
{% macro checksum_of(unique_id) %}
{% set known = (graph.get('ledger') or {}).get('checksums', {}) %}
{% if unique_id in known %}
    {{ return(known[unique_id]) }}
{% endif %}
{% set node = node_of(unique_id) %}
{# not by the node's list, which lacks those of increments until it is compiled #}
{% set macros = collect_macros(
    modules.re.findall('\\w+(?=\\()', node.raw_code) | unique
) %}
{% set parts = [dbt_version] %}
{% for field in [
    'raw_code', 'description', 'columns', 'constraints', 'config', 'test_metadata',
    'arguments', 'returns',
] %}
    {% do parts.append(tojson(node.get(field), sort_keys=true)) %}
{% endfor %}
{% for name in macros | sort %}
    {% do parts.append(macros[name]) %}
{% endfor %}
{% set text = parts | join('\n') %}
{% set named = modules.re.findall('var\\([\'"](\\w+)', text) | unique | sort %}
{# these say what a run looks at, not what it makes of it #}
{% for name in named | reject('in', ['audit', 'outdated', 'rebuild_pruned']) %}
    {% do parts.append(name ~ '=' ~ var(name, none)) %}
{% endfor %}
{% if 'in graph.nodes' in text %}
    {% for name in graph.nodes | sort if name.startswith('model.') %}
        {% do parts.append(name ~ node_of(name).depends_on.nodes | join) %}
    {% endfor %}
{% endif %}
{% for name in node.depends_on.nodes | sort %}
    {% set upstream = node_of(name) %}
    {% if upstream and upstream.config.materialized == 'incremental' %}
        {% for column in upstream.columns.values() %}
            {% do parts.append(column.name ~ ' ' ~ column.data_type) %}
        {% endfor %}
    {% elif upstream and upstream.resource_type != 'source' %}
        {% do parts.append(checksum_of(name)) %}
    {% endif %}
{% endfor %}
{% set checksum = local_md5(parts | join('\n')) %}
{% do known.update({unique_id: checksum}) %}
{{ return(checksum) }}
{% endmacro %}
