{#
    What the build under way has noted of itself in the session's settings, which fails
    where there is none; 0 in what the ledger does not count. That is a unit test, which
    sees no other node, and `dbt show`, too.
#}
{% macro build_setting(name, type) -%}
    {%- if execute and graph.get('nodes') and flags.WHICH != 'show'
        and is_whole_build() -%}
    current_setting('ledger.{{ name }}')::{{ type }}
    {%- else -%}
    0::bigint
    {%- endif -%}
{%- endmacro %}
