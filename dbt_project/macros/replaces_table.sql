{# Whether this build puts a new table in the place of one that stood as it began. #}
{% macro replaces_table() %}
{{ return(should_full_refresh() and adapter.get_relation(
    database=this.database, schema=this.schema, identifier=this.identifier
)) }}
{% endmacro %}
