{#
    The minutes of all exchanges, or those that changed since this model last read them:
    a relation with `exchange` and some of their columns, null where an exchange does
    not tell. Each branch is found by its own index, as no other has its `exchange`.
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
        null::{{ 'bigint' if column == 'trade_count' else 'numeric' }} as {{ column }}
        {%- else -%}
        {{ column }}
        {%- endif %}
        {%- endfor %}
    from {{ staged }}
    {{ 'where changed_in > ' ~ last_read(staged) if is_changed }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}


{# The keys of minutes that vanished since this model last read them: a relation. #}
{% macro vanished_minutes() -%}
(
    {%- for line in exchanges().strip().splitlines() %}
    {%- set table = line.split()[0] %}
    select
        '{{ table.split('__')[0] }}' as exchange,
        symbol,
        opened_at
    from {{ vanished(ref('stg_' ~ table), ['symbol', 'opened_at']) }} as gone
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}
