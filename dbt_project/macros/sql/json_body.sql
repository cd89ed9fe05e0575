{#
    The jsonb that a text is, null if it is none. What jsonb refuses is mended where
    only a word is at fault: NaN and Infinity, which JSON lacks, become texts; a NUL
    and a lone surrogate, which Postgres lacks, become U+FFFD.
#}
{% macro json_body(payload) -%}
    {%- set high, low = '\\\\ud[89ab][0-9a-f]{2}', '\\\\ud[c-f][0-9a-f]{2}' -%}
    {#- an escape begins after an even number of backslashes, which are characters -#}
    {%- set begins = '(?<!\\\\)(?:\\\\\\\\)*' -%}
    {%- set lone = high ~ '(?!' ~ low ~ ')|(?<!' ~ begins ~ high ~ ')' ~ low -%}
    {%- set poison = '(?<!\\\\)((?:\\\\\\\\)*)(?:\\\\u0000|' ~ lone ~ ')' -%}
    {%- set mended -%}
        regexp_replace(
            {{ strict_json(payload) }},
            '{{ poison }}', '\1\\ufffd', 'gi'
        )
    {%- endset -%}
    case
        when pg_input_is_valid({{ payload }}, 'jsonb') then {{ payload }}::jsonb
        when pg_input_is_valid({{ mended }}, 'jsonb') then ({{ mended }})::jsonb
    end
{%- endmacro %}
