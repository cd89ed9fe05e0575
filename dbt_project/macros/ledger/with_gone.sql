{#
    The rows of a relation, each with the version as `changed_in`, and in an increment one
    for each key in `kept` that none of them has: nulls but for the key, which say that it
    has gone. A query.
#}
{% macro with_gone(relation, kept, keys) -%}
    {%- set present -%}
    (select *, {{ version() }} as changed_in from {{ relation }})
    {%- endset -%}
    {%- if is_incremental() -%}
    {{ with_keys(present, kept, keys) }}
    {%- else -%}
    select * from {{ present }} as present
    {%- endif -%}
{%- endmacro %}


{# The rows of a relation, and one of each other key that is in `kept`: a query. #}
{% macro with_keys(relation, kept, keys) -%}
    select *
    from {{ relation }} as present
    full outer join (
        select {{ keys | join(', ') }}
        from {{ kept }}
    ) as kept using ({{ keys | join(', ') }})
{%- endmacro %}
