{#
    dbt's own life of a function, but for one that is as it is to be. One at a time,
    since Postgres lets one of two builds fail that replace a function at once.
#}
{% materialization function, adapter='postgres' %}
{% if is_settled() %}
    {{ nothing_new() }}
    {{ return({'relations': [this.incorporate(type=this.Function)]}) }}
{% endif %}
{% call statement('prepare') %}
    select pg_advisory_xact_lock(hashtext('functions'));
    {{ drop_outdated_function() }}
    {{ note_checksum() }}
{% endcall %}
{{ return(dbt.materialization_function_default()) }}
{% endmaterialization %}
