{#
    A text that is to be JSON, with the escapes that jsonb refuses, NUL and the halves
    of surrogate pairs, as SUBSTITUTE (U+001A): a character for one that is none.
#}
{% macro storable_json(payload) -%}
    {%- set high = '\\\\u[dD][89abAB][0-9a-fA-F]{2}' -%}
    {%- set low = '\\\\u[dD][c-fC-F][0-9a-fA-F]{2}' -%}
    {#- an even number of backslashes are so many characters, and no escape begins -#}
    {%- set begins = '(?<!\\\\)(?:\\\\\\\\)*' -%}
    {%- set lone = high ~ '(?!' ~ low ~ ')|(?<!' ~ begins ~ high ~ ')' ~ low -%}
    regexp_replace(
        {{ payload }}, '(?<!\\)((?:\\\\)*)(?:\\u0000|{{ lone }})', '\1\\u001a', 'g'
    )
{%- endmacro %}
