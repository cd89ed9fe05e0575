{#
    The statements that make an existing table what its contract says, row by row as it
    is, and have the next build read again what raw still has. A new column that takes
    no nulls gets what the model's `fills` says, an expression of a row. `table` is one
    of `outdated_tables`.
#}
{% macro alteration(table) %}
{% set changes, filled = [], [] %}
{% set fills = table.model.config.get('fills', {}) %}
{% for each in table.differences %}
    {% set change = {
        'lacks': 'add ' ~ each.column ~ ' ' ~ each.type,
        'no longer has': 'drop ' ~ each.column,
        'has another type in':
            'alter ' ~ each.column ~ ' type ' ~ each.type
            ~ ' using ' ~ each.column ~ '::' ~ each.type,
        'still refuses nulls in': 'alter ' ~ each.column ~ ' drop not null',
        'still takes nulls in': 'alter ' ~ each.column ~ ' set not null',
    }.get(each.difference) %}
    {% set is_filled = each.difference == 'lacks' and each.is_required %}
    {% if not change or (is_filled and each.column not in fills) %}
        {{ exceptions.raise_compiler_error(
            table.relation ~ ' ' ~ each.difference ~ ' ' ~ each.column ~ ', which rows '
            ~ "whose pages are gone can't be given. Lose those with: dbt build "
            ~ "--full-refresh --vars '{rebuild_pruned: true}' --select " ~ table.name
        ) }}
    {% endif %}
    {% do changes.append(change) %}
    {% if is_filled %}{% do filled.append(each.column) %}{% endif %}
{% endfor %}
-- waits for a build under way, which would count what it read as done
select 1 from {{ ledger() }}.versions where model = '{{ table.name }}' for update;
alter table {{ table.relation }} {{ changes | join(', ') }};
{% for column in filled %}
update {{ table.relation }} set {{ column }} = {{ fills[column] }};
alter table {{ table.relation }} alter {{ column }} set not null;
{% endfor %}
update {{ ledger() }}.versions set formula = '' where model = '{{ table.name }}';
delete from {{ ledger() }}.loads_read where model = '{{ table.name }}';
{% endmacro %}
