{#
    Whether raw no longer has a page that a row of this model is from, or has it of a
    load that it does not know, so that no build could make the row again: a condition.
    Which loads these are the row says by `load_id` or `load_ids`, else the model by its
    `loads_behind`; of which table, where it reads several, by its `landed_in`.
#}
{% macro has_lost_its_page(row) -%}
    {%- set tables, columns = [], model.columns.keys() | list -%}
    {%- for upstream in upstreams(model) if upstream.resource_type == 'source' -%}
        {%- do tables.append(upstream.identifier) -%}
    {%- endfor -%}
    {%- set tables = (
        tables | reject('equalto', '_dlt_loads') | unique | list or tables | unique | list
    ) -%}
    {%- set landed_in = config.get('landed_in', '').format(row=row)
        if tables | length > 1 -%}
    {%- if not tables -%}
    false
    {%- else -%}
    exists (
        select 1
        from unnest(
            {%- if 'load_ids' in columns %}
            {{ row }}.load_ids
            {%- elif 'load_id' in columns %}
            array[{{ row }}.load_id]
            {%- else %}
            {{ config.require('loads_behind').format(row=row, schema=this.schema) }}
            {%- endif %}
        ) as behind (load_id)
        where
            (behind.load_id{{ ', ' ~ landed_in if landed_in }}) not in (
                {%- for table in tables %}
                select
                    {{ 'load_id' if table == '_dlt_loads' else '_dlt_load_id' }}
                    {{- ", '" ~ table ~ "'" if landed_in }}
                from raw.{{ table }}
                {%- if table != '_dlt_loads' %}
                where _dlt_load_id in (select loads.load_id from raw._dlt_loads as loads)
                {%- endif %}
                {{ 'union all' if not loop.last }}
                {%- endfor %}
            )
    )
    {%- endif -%}
{%- endmacro %}
