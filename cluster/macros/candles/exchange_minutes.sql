{#
    The minutes of all exchanges, or the keys of those that changed since this model last
    read them: a relation with `exchange` and some of their columns, null where an
    exchange does not tell.
#}
{% macro exchange_minutes(columns, is_changed=false) -%}
(
    {%- for line in exchanges().strip().splitlines() %}
    {%- set table, untold = line.split()[0], line.split()[1:] %}
    {%- set staged = ref('stg_' ~ table) %}
    select
        '{{ table.split('__')[0] }}' as exchange
        {%- for column in columns %},
        {% if column in untold -%}
        cast(null as {{ 'bigint' if column == 'trade_count' else exact() }}) as {{ column }}
        {%- else -%}
        {{ column }}
        {%- endif %}
        {%- endfor %}
    from {{ changes(staged) if is_changed else staged }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}
