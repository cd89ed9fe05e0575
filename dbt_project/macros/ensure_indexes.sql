{#
    The indexes of an incremental table: BRIN on `changed_in` for the next build, and
    one btree for each list of columns in the model's `lookups`. dbt's own `indexes`
    are made on a first build only, and can't summarise themselves.

    Those that stand are not named again: `create index if not exists` locks the table
    first, and so waits for a vacuum of it, or breaks it off. In a full refresh, the
    replaced table still has indexes of these names: those of the new one, made before
    it takes the other's place, then take their names.
#}
{% macro ensure_indexes() %}
{% for name, definition in indexes_of(this.identifier).items() %}
{% if replaces_table() %}
drop index if exists {{ this.schema }}.{{ name }};
alter index {{ this.schema }}.{{ name }}__new rename to {{ name }};
{% else %}
do $$
begin
    if to_regclass('{{ this.schema }}.{{ name }}') is null then
        create index {{ name }} on {{ this }} {{ definition }};
    end if;
end
$$;
{% endif %}
{% endfor %}
{% endmacro %}
