{#
    The life of an incremental table, in place of dbt's own, in one transaction.

    1. Nothing that it reads has moved since its last build, and the model is what it
       was: nothing is sent to Postgres.
    2. The build opens: it takes its lock, and notes what it is about to read.
    3. Where the last build failed, the load that it fails for is looked for, and is set
       aside, so that it keeps none of the others.
    4. A table that is not there is made, one that is to be anew is made under another
       name and swapped in; else the result converges on the rows that are there.
    5. What only a change of the model changes, contract and comments, is looked at
       where the table or the model is new.
    6. The build closes: what was noted counts as read, and if anything changed what
       reads this model has something to read.
#}
{% materialization incremental, adapter='postgres' %}
{% set table = this.incorporate(type='table') %}
{% if is_settled() %}
    {{ nothing_new() }}
    {{ return({'relations': [table]}) }}
{% endif %}

{% set existing = load_cached_relation(this) %}
{% if existing and not existing.is_table %}
    {% do adapter.drop_relation(existing) %}
    {% set existing = none %}
{% endif %}
{% set is_replaced = existing and should_full_refresh() %}
{% set is_new_model = not existing or is_replaced or is_changed() %}
{% if is_new_model %}{{ guard_key() }}{% endif %}
{{ guard_table() }}
{{ guard_sources() }}
{{ run_hooks(pre_hooks, inside_transaction=False) }}
{{ run_hooks(pre_hooks, inside_transaction=True) }}
{% if keeps_ledger() %}
    {% call statement('open') %}{{ open_build() }}{% endcall %}
{% endif %}

{% set made = make_intermediate_relation(table) if is_replaced else table %}
{% set result = make_temp_relation(table) %}
{% set converge = adapter.get_incremental_strategy_macro(
    context, config.get('incremental_strategy')
)({
    'target_relation': table,
    'temp_relation': result,
    'unique_key': config.get('unique_key'),
    'dest_columns': model.columns.values() | list,
    'incremental_predicates': none,
}) %}
{% set increment %}
    create temporary table {{ result }} as
    {{ sql }}
{% endset %}
{% if keeps_ledger() and has_failed() %}
    {% call statement('set_aside') %}
        {{ set_aside_failing(
            increment ~ ';\n' ~ converge if existing and not is_replaced
            else create_table(made, sql)
        ) }}
    {% endcall %}
{% endif %}

{% if is_replaced %}
    {% call statement('main') %}{{ create_table(made, sql) }}{% endcall %}
    {% do persist_docs(made, model) %}
    {% call statement('replace') %}{{ replace_table(table, made) }}{% endcall %}
    {# what dbt knows of views that read the old table may be wrong from here on #}
    {% do adapter.cache_dropped(table) %}
    {% do adapter.cache_added(table) %}
{% elif not existing %}
    {% call statement('main') %}{{ create_table(table, sql) }}{% endcall %}
{% else %}
    {% call statement('result') %}
        {% if is_new_model %}{{ get_assert_columns_equivalent(sql) }}{% endif %}
        {{ increment }}
    {% endcall %}
    {% if is_new_model %}
        {% do process_schema_changes(
            config.get('on_schema_change'), result, existing
        ) %}
    {% endif %}
    {% call statement('main') %}{{ converge }}{% endcall %}
{% endif %}

{% if is_new_model and not is_replaced %}
    {% do persist_docs(table, model) %}
{% endif %}
{% do apply_grants(
    table, config.get('grants'), should_revoke=should_revoke(existing, is_replaced)
) %}
{% call statement('close', fetch_result=True) %}
    {{ close_build(existed=existing and not is_replaced) }}
{% endcall %}
{{ run_hooks(post_hooks, inside_transaction=True) }}
{% do adapter.commit() %}
{% if keeps_ledger() %}
    {% do note_built(load_result('close').table.rows[0][0]) %}
{% endif %}
{{ run_hooks(post_hooks, inside_transaction=False) }}
{{ return({'relations': [table]}) }}
{% endmaterialization %}
