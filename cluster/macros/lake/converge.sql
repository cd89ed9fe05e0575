{#
    Makes the touched keys of an Iceberg table equal to a query's rows, in one merge, and
    where it `is_whole` the rest of the table, too. The rows are made once and kept by the
    executors meanwhile; by the first and last of them in `prune_by`, files of the table
    that have none of them are not read. A row that is right is not written.
#}
{% macro converge(relation, sql, is_whole) %}
{% set keys = config.require('unique_key') %}
{% set columns = model.columns.keys() | list %}
{% set values = columns | reject('in', keys + ['updated_at']) | list %}
{% set made = 'made_' ~ relation.identifier %}
{% set prune_by = config.get('prune_by', 'opened_at') %}
{% set gone = 'false' if is_whole else 'made.is_gone' %}
{% call statement('make') %}cache table {{ made }} as {{ sql }}{% endcall %}
{% set span = run_query(
    'select cast(min(' ~ prune_by ~ ') as string), cast(max(' ~ prune_by
    ~ ') as string) from ' ~ made
).rows[0] %}
{% if span[0] is none and not is_whole %}
{% call noop_statement('main', message='NOTHING CHANGED', code='NOTHING CHANGED') %}
{% endcall %}
{% else %}
{% call statement('main') %}
merge into {{ relation }} as kept
using {{ made }} as made
on
    {% for key in keys %}
    {{ 'and ' if not loop.first }}kept.{{ key }} <=> made.{{ key }}
    {% endfor %}
    {% if not is_whole %}
    and kept.{{ prune_by }} between '{{ span[0] }}' and '{{ span[1] }}'
    {% endif %}
when matched and {{ gone }} then delete
{% if values %}
when matched and not (
    {% for value in values %}
    {{ 'and ' if not loop.first }}kept.{{ value }} <=> made.{{ value }}
    {% endfor %}
) then update set
    {% for column in columns if column not in keys %}
    {{ column }} = made.{{ column }}{{ ',' if not loop.last }}
    {% endfor %}
{% endif %}
when not matched and not {{ gone }} then insert ({{ columns | join(', ') }})
values (made.{{ columns | join(', made.') }})
{% if is_whole %}
when not matched by source then delete
{% endif %}
{% endcall %}
{% endif %}
{% call statement('let_go') %}drop view if exists {{ made }}{% endcall %}
{% endmacro %}
