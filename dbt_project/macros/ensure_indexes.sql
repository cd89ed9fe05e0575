{#
    The indexes of an incremental table: BRIN on `changed_in` for the next build, and
    one btree for each list of columns in the model's `lookups`. dbt's own `indexes`
    are made on a first build only, and can't summarise themselves.

    Those that stand are not named again: `create index if not exists` locks the table
    first, and so waits for a vacuum of it, or breaks it off. In a full refresh, the
    replaced table still has indexes of these names.
#}
{% macro ensure_indexes() %}
{% set summary = 'with (pages_per_range = 32, autosummarize = on)' %}
{% set indexes = {'changed_in': 'using brin (changed_in) ' ~ summary} %}
{% for columns in config.get('lookups', []) %}
    {% do indexes.update({columns | join('_'): '(' ~ columns | join(', ') ~ ')'}) %}
{% endfor %}
{% for suffix, definition in indexes.items() %}
{% set name = this.identifier ~ '_' ~ suffix %}
{% if should_full_refresh() %}
drop index if exists {{ this.schema }}.{{ name }};
{% endif %}
do $$
begin
    if to_regclass('{{ this.schema }}.{{ name }}') is null then
        create index {{ name }} on {{ this }} {{ definition }};
    end if;
end
$$;
{% endfor %}
{% endmacro %}
