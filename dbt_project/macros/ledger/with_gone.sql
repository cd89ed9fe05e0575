{#
    The rows of a relation, each with the version as `changed_in`, and in an increment one
    for each key in `kept` that none of them has: nulls but for the key, which say that it
    has gone. A query.
#}
{% macro with_gone(relation, kept, keys) -%}
    select *
    from (
        select
            *,
            {{ version() }} as changed_in
        from {{ relation }}
    ) as present
    {%- if is_incremental() %}
    full outer join (
        select {{ keys | join(', ') }}
        from {{ kept }}
    ) as kept using ({{ keys | join(', ') }})
    {%- endif %}
{%- endmacro %}
