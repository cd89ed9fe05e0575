{#
    Makes the views that `changes` and `arrived` name: of each upstream what lies between
    `done`, the versions that were read, and `now`. A whole build reads all that arrived.
#}
{% macro view_changes(done, now, is_whole) %}
{% for id in model.depends_on.nodes %}
{% if id.startswith('model.') and not is_whole %}
{{ view_changed_rows(graph.nodes[id], done, now) }}
{% elif id.startswith('source.') and not id.endswith('._dlt_loads') %}
{% set table = graph.sources[id].identifier %}
{% call statement('view_arrived') %}
create or replace temporary view arrived_{{ table }} as
select *
from raw.{{ table }}
where
    _dlt_load_id <= '{{ now[table] }}'
    and _dlt_load_id > '{{ '' if is_whole else done.get(table, '') }}'
    and _dlt_load_id in (select load_id from raw._dlt_loads where status = 0)
{% endcall %}
{% endif %}
{% endfor %}
{% endmacro %}


{# The view of a table's changes, from the tables' files: copy-on-write alone. #}
{% macro view_changed_rows(upstream, done, now) %}
{% set name = upstream.alias %}
{% set relation = upstream.schema ~ '.' ~ name %}
{% call statement('view_changes') %}
{% if done.get(name) == now.get(name) %}
create or replace temporary view changes_of_{{ name }} as
select * from {{ relation }} where false
{% else %}
call spark_catalog.system.create_changelog_view(
    table => '{{ relation }}',
    options => map(
        {% if done.get(name) %}'start-snapshot-id', '{{ done[name] }}',{% endif %}
        'end-snapshot-id', '{{ now[name] }}'
    ),
    changelog_view => 'changes_of_{{ name }}'
)
{% endif %}
{% endcall %}
{% endmacro %}
