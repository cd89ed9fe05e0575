{#
    Swaps a new table in for the existing one. The keys that it lacks are
    noted for the models that read them, by as much of the key as the old one had. Then,
    and until the commit, nobody can read either.

    Views that read the old one read the new one; they would else go with the old one,
    and be missing until they are built themselves. One that can't, since columns have
    changed, does go, with ours that read it. What others have made to read the old one
    stays, or nothing is replaced (`guard_table`). Whoever could read still can.
#}
{% macro replace_table(table, made) %}
{% set replaced = make_backup_relation(table, 'table') %}
{% if keeps_ledger() %}
{% set held = adapter.get_columns_in_relation(table) | map(attribute='name') | list %}
{% set noted = (config.get('unique_key') + config.get('grouped_by', []))
    | select('in', held) | join(', ') %}
{{ note_vanished("
    select " ~ noted ~ " from " ~ table ~ "
    except
    select " ~ noted ~ " from " ~ made
) }}
{% endif %}
drop table if exists {{ replaced }} cascade;
{{ lock_exclusively(table) }}
alter table {{ table }} rename to {{ replaced.identifier }};
alter table {{ made }} rename to {{ table.identifier }};

do $$
declare
    reading record;
    taken text;
begin
    for reading in
        select
            views.name,
            pg_get_viewdef(views.name::regclass) as body
        from ({{ views_of(replaced) }}) as views
    loop
        begin
            execute format(
                'create or replace view %s as %s',
                reading.name,
                replace(
                    reading.body, '{{ replaced.identifier }}', '{{ table.identifier }}'
                )
            );
        exception when invalid_table_definition or undefined_column then
            select string_agg(lost.name, ', ')
            into taken
            from (
                {{ lost_with('reading.name::regclass', with_views=true) }}
            ) as lost;
            if taken is not null then
                raise exception 'To make % anew would take with it %. Drop that and '
                    'make it again afterwards.', '{{ table }}', taken;
            end if;
            execute format('drop view %s cascade', reading.name);
        end;
    end loop;
end
$$;

{{ keep_grants(table, replaced) }}

drop table {{ replaced }};
{% for new, name in zip(
    indexes_of(made.identifier), indexes_of(table.identifier)
) %}
alter index {{ table.schema }}.{{ new }} rename to {{ name }};
{% endfor %}
{% endmacro %}
