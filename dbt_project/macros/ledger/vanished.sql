{#
    The keys that vanished from an upstream model since this model last read it: some of
    its key's and groups' columns, by name, with the types of its contract. Where nothing
    is built, as in a unit test, there are none.
#}
{% macro vanished(relation, columns) -%}
    {%- set upstream = graph.get('nodes', {}).get(
        'model.' ~ project_name ~ '.' ~ relation.identifier
    ) -%}
    {%- set noted = upstream.config.unique_key + upstream.config.get('grouped_by', [])
        if upstream else columns -%}
    {%- for column in columns if column not in noted -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ " asks for changes of " ~ relation.identifier ~ " by "
            ~ column ~ ", which is none of its unique_key and grouped_by: "
            ~ noted | join(", ")
        ) }}
    {%- endfor -%}
    (
        {%- if upstream %}
        select
            {%- for column in columns %}
            (key ->> '{{ column }}')::{{ upstream.columns[column].data_type }}
                as {{ column }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        from {{ ledger() }}.vanished
        where
            model = '{{ relation.identifier }}'
            and version > {{ last_read(relation) }}
        {%- else %}
        select {{ columns | join(', ') }}
        from {{ relation }}
        where false
        {%- endif %}
    )
{%- endmacro %}
