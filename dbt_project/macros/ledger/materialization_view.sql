{#
    The life of a view, in place of dbt's own: made where it is missing, or where it or
    what it reads that is no table is another than it was. It is replaced in place,
    once nobody uses it, so that what reads it and who may read it stay; one that has
    other columns now is made anew.
#}
{% materialization view, adapter='postgres' %}
{% set view = this.incorporate(type='view') %}
{% if is_settled() %}
    {{ nothing_new() }}
    {{ return({'relations': [view]}) }}
{% endif %}

{% set existing = load_cached_relation(this) %}
{% if existing and not existing.is_view %}
    {% do adapter.drop_relation(existing) %}
{% endif %}
{{ run_hooks(pre_hooks, inside_transaction=False) }}
{{ run_hooks(pre_hooks, inside_transaction=True) }}
{% call statement('main') %}
    {{ guard_raw(model) }}
    {% if config.get('contract').enforced %}
    {{ get_assert_columns_equivalent(sql) }}
    {% endif %}
    {{ lock_exclusively(view) }}
    do $build$
    declare
        taken text;
    begin
        create or replace view {{ view }} as (
            {{ sql }}
        );
    exception when invalid_table_definition then
        select string_agg(lost.name, ', ')
        into taken
        from (
            {{ lost_with("to_regclass('" ~ view ~ "')", with_views=true) }}
        ) as lost;
        if taken is not null then
            raise exception 'To make % anew would take with it %. Drop that and make it '
                'again afterwards.', '{{ view }}', taken;
        end if;
        drop view {{ view }} cascade;
        create view {{ view }} as (
            {{ sql }}
        );
    end
    $build$;
{% endcall %}
{# what dbt knows of views that read this one may be wrong from here on #}
{% do adapter.cache_dropped(view) %}
{% do adapter.cache_added(view) %}
{% do apply_grants(view, config.get('grants'), should_revoke=should_revoke(existing)) %}
{% do persist_docs(view, model) %}
{% if is_whole_build() %}
{% call statement('note') %}{{ note_checksum() }}{% endcall %}
{% endif %}
{{ run_hooks(post_hooks, inside_transaction=True) }}
{% do adapter.commit() %}
{{ run_hooks(post_hooks, inside_transaction=False) }}
{{ return({'relations': [view]}) }}
{% endmaterialization %}
