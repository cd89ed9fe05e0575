{#
    The tables of incremental models that are not what their contracts say, each with
    what differs: a list of {model, name, relation, differences}. One query of the
    catalogue, whatever their number; `names` are the models to look at, all by default.
#}
{% macro outdated_tables(names=none) %}
{% set models, wanted = {}, [] %}
{# by their ids, since dbt copies each node that is looked at #}
{% for unique_id in graph.nodes if unique_id.startswith('model.')
    and (names is none or unique_id.split('.')[2] in names) %}
{% set node = node_of(unique_id) %}
{% if node.config.materialized == 'incremental' and node.config.contract.enforced %}
    {% set relation = node.schema ~ '.' ~ node.alias %}
    {% do models.update({relation: node}) %}
    {% set key = node.constraints | selectattr('type', 'equalto', 'primary_key')
        | map(attribute='columns') | first | default([], true) %}
    {% for column in node.columns.values() %}
        {% set required = column.constraints | selectattr('type', 'equalto', 'not_null')
            | list | length > 0 %}
        {% do wanted.append({
            'relation': relation,
            'name': column.name,
            'type': column.data_type,
            'is_required': required or column.name in key,
            'is_key': column.name in key,
        }) %}
    {% endfor %}
{% endif %}
{% endfor %}
{% set found = [] %}
{% if execute and wanted %}
{% for row in run_query(contract_differences(tojson(wanted))) %}
    {% do found.append({
        'model': models[row['relation']],
        'name': models[row['relation']].name,
        'relation': row['relation'],
        'differences': fromjson(row['differences']),
    }) %}
{% endfor %}
{% endif %}
{{ return(found) }}
{% endmacro %}
