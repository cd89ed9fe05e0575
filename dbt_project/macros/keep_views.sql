{#
    After a full refresh has put a new table in a table's place: views that read the old
    one read the new one. They would else go with the old one, and be missing until
    their own turn comes. One that can't, since columns have changed, does go.
#}
{% macro keep_views() %}
{% set replaced = make_backup_relation(this, 'table') %}
do $$
declare
    reading record;
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
                    reading.body, '{{ replaced.identifier }}', '{{ this.identifier }}'
                )
            );
        exception when invalid_table_definition or undefined_column then
            raise notice '% goes until it is built', reading.name;
        end;
    end loop;
end
$$;
{% endmacro %}
