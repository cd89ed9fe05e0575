{#
    The body of a page of BigQuery's, as jsonb; null where it can't be read. In one that
    has a NUL escape or a lone surrogate, which jsonb refuses, all escapes are masked:
    they come as texts with a backslash in them. So do bare words, as `strict_json` has
    them.
#}
{% macro query_body(payload) -%}
    {%- set masked = "replace(" ~ payload ~ ", '\\u', '\\\\u')" -%}
    {%- set strict = strict_json(masked) -%}
    case
        when pg_input_is_valid({{ payload }}, 'jsonb') then {{ payload }}::jsonb
        when pg_input_is_valid({{ masked }}, 'jsonb') then {{ masked }}::jsonb
        when pg_input_is_valid({{ strict }}, 'jsonb') then {{ strict }}::jsonb
    end
{%- endmacro %}
