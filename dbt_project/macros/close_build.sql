{#
    After a model has written: its indexes stand, and what was noted counts as read. A
    new table is analysed, else the next build would scan it, and closed to readers if
    its `meta.is_personal` says so. One that replaces another was made ready before. One
    that grew by more than it held is analysed again: its tests come now, and a plan for
    the rows of before would scan it once a row.
#}
{% macro close_build() %}
{% if model.config.materialized == 'incremental' %}
{{ ensure_indexes() }}
{% if is_incremental() %}
do $$
begin
    if exists (
        select 1
        from pg_stat_xact_user_tables as written
        inner join pg_class as known on written.relid = known.oid
        where
            written.relid = to_regclass('{{ this }}')
            and written.n_tup_ins > greatest(known.reltuples, 1000)
    ) then
        analyze {{ this }};
    end if;
end
$$;
{% else %}
{% if replaces_table() %}
{{ keep_views() }}
{% else %}
analyze {{ this }};
{% endif %}
{% if execute and config.get('meta', {}).get('is_personal') %}
{{ close_to_readers() }}
{% endif %}
{% endif %}
{% endif %}
{% if execute and keeps_ledger() %}
update {{ ledger() }}.reads set done = next where model = '{{ this.identifier }}';
{% endif %}
{% endmacro %}
