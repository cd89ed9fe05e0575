{#
    Carries tables over to their contracts and formulas, as an operation: those whose
    pages raw may no longer have get and lose columns in place, and are read
    anew as far as raw goes. Prints their names, and those of all others, which a build
    is to make anew, as a JSON object of two lists.
#}
{% macro upgrade_tables() %}
{% set altered, outdated = [], [] %}
{% for table in outdated_tables() %}
{% if is_refreshable(table.model) %}
    {% do outdated.append(table.name) %}
{% else %}
    {% do run_query('begin;' ~ alteration(table) ~ 'commit;') %}
    {% do altered.append(table.name) %}
{% endif %}
{% endfor %}
{% for row in run_query(
    'select model, formula from ' ~ ledger() ~ '.versions where version > 0'
) %}
{% for node in graph.nodes.values() if node.resource_type == 'model'
    and node.name == row['model'] and node.name not in altered + outdated
    and formula_of(node) != row['formula'] and is_refreshable(node) %}
    {% do outdated.append(node.name) %}
{% endfor %}
{% endfor %}
{{ print(tojson({'Made anew': outdated, 'Altered': altered})) }}
{% endmacro %}
