{#
    Makes the external tables over the landed files, anew in each run, so that they show
    all files and columns; the files stay as they are.
#}
{% macro stage_raw() %}
{% if execute and flags.WHICH in ['run', 'build'] %}
{% set tables = {} %}
{% for source in graph.sources.values() %}
{% do tables.update({source.identifier: source.columns.values()}) %}
{% endfor %}
{% call statement('make_raw') %}create database if not exists raw{% endcall %}
{% for table, columns in tables.items() %}
{% call statement('drop_raw') %}drop table if exists raw.{{ table }}{% endcall %}
{% call statement('stage_raw') %}
create table raw.{{ table }} (
    {% for column in columns %}
    {{ column.name }} {{ column.data_type }}{{ ',' if not loop.last }}
    {% endfor %}
)
using {{ 'json' if table == '_dlt_loads' else 'parquet' }}
location '{{ pages_at(table) }}'
{% endcall %}
{% endfor %}
{% endif %}
{% endmacro %}
