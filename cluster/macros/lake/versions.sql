{#
    What each upstream is at now, by name: an Iceberg table's snapshot, and of what is
    landed the newest whole load.
#}
{% macro upstream_versions() %}
{% set asked = [] %}
{% for id in model.depends_on.nodes %}
{% if id.startswith('model.') %}
{% set upstream = graph.nodes[id] %}
{% do asked.append(
    "select '" ~ upstream.alias ~ "' as name, cast(snapshot_id as string) as version from "
    ~ upstream.schema ~ '.' ~ upstream.alias ~ ".refs where name = 'main'"
) %}
{% elif id.startswith('source.') and not id.endswith('._dlt_loads') %}
{% do asked.append(
    "select '" ~ graph.sources[id].identifier ~ "' as name, "
    ~ "coalesce(max(load_id), '') as version from raw._dlt_loads where status = 0"
) %}
{% endif %}
{% endfor %}
{% set found = {} %}
{% for row in run_query(asked | join(' union all ')).rows %}
{% do found.update({row[0]: row[1] | string}) %}
{% endfor %}
{{ return(found) }}
{% endmacro %}


{# What of each upstream a table was last built from, as its properties say. #}
{% macro read_versions(relation) %}
{% set found = {} %}
{% for row in run_query('show tblproperties ' ~ relation).rows %}
{% if row[0].startswith('tickhouse.read.') %}
{% do found.update({row[0][15:]: row[1] | string}) %}
{% endif %}
{% endfor %}
{{ return(found) }}
{% endmacro %}


{# The properties that note what of each upstream has been read. #}
{% macro as_properties(versions) -%}
    {%- for name, version in versions.items() -%}
    'tickhouse.read.{{ name }}' = '{{ version }}'{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
