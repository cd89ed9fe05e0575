{#
    The statements that make an existing table what its contract says, row by row as it
    is, and have the next build read again what raw still has. `table` is one of
    `outdated_tables`.
#}
{% macro alteration(table) %}
{% set changes = [] %}
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
    {% if not change or (each.difference == 'lacks' and each.is_required) %}
        {{ exceptions.raise_compiler_error(
            table.relation ~ ' ' ~ each.difference ~ ' ' ~ each.column ~ ', which rows '
            ~ "whose pages are gone can't be given. Lose those with: dbt build "
            ~ "--full-refresh --vars '{rebuild_pruned: true}' --select " ~ table.name
        ) }}
    {% endif %}
    {% do changes.append(change) %}
{% endfor %}
-- waits for a build under way, which would count what it read as done
select 1 from {{ ledger() }}.versions where model = '{{ table.name }}' for update;
alter table {{ table.relation }} {{ changes | join(', ') }};
update {{ ledger() }}.versions set formula = '' where model = '{{ table.name }}';
delete from {{ ledger() }}.loads_read where model = '{{ table.name }}';
{% endmacro %}
