{#
    The body of a page of BigQuery's, as jsonb; null where it can't be read. Escapes that
    jsonb refuses come as `storable_json` has them, bare words as `strict_json` does.
#}
{% macro query_body(payload) -%}
    {%- set storable = storable_json(payload) -%}
    {%- set strict = strict_json(storable) -%}
    case
        when pg_input_is_valid({{ payload }}, 'jsonb') then {{ payload }}::jsonb
        when pg_input_is_valid({{ storable }}, 'jsonb') then ({{ storable }})::jsonb
        when pg_input_is_valid({{ strict }}, 'jsonb') then ({{ strict }})::jsonb
    end
{%- endmacro %}
