{#
    A table of Iceberg that follows its upstreams.

    What each upstream is at is noted before anything is read. A first build makes the
    table, and what it has read with it, in one commit. Later ones look at what changed
    since: the model's query gives one row a touched key, with `is_gone` where the key has
    none any more, and one merge makes the table equal to that, in one commit. What has
    been read is noted after it, so a build that is killed between reads the same again
    and changes nothing. A full refresh merges the result of a first build, and deletes
    the rest, so that models downstream follow it like any other build.
#}
{% materialization incremental, adapter='spark' %}
{% do be_strict() %}
{% set is_new = load_cached_relation(this) is none %}
{% set is_whole = not is_incremental() %}
{% set now = upstream_versions() %}
{% set done = {} if is_new else read_versions(this) %}

{% if not is_whole and now == done %}
{% call noop_statement('main', message='NOTHING NEW', code='NOTHING NEW') %}{% endcall %}
{% else %}
{% do view_changes(done, now, is_whole) %}
{% if is_new %}
{% call statement('main') %}
create table {{ this }}
using iceberg
partitioned by ({{ config.get('partition_by') }})
tblproperties (
    'format-version' = '2',
    'write.delete.mode' = 'copy-on-write',
    'write.update.mode' = 'copy-on-write',
    'write.merge.mode' = 'copy-on-write',
    {{ as_properties(now) }}
)
as {{ sql }}
{% endcall %}
{% else %}
{{ converge(this, sql, is_whole) }}
{% call statement('note_read') %}
alter table {{ this }} set tblproperties ({{ as_properties(now) }})
{% endcall %}
{% endif %}
{% endif %}
{{ return({'relations': [this]}) }}
{% endmaterialization %}
