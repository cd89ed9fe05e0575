{#
    The fields of a file's row that hold something, though nothing could be read from
    it: their texts by column, as jsonb; null where there is none.
#}
{% macro unparsed_fields(columns) -%}
    nullif(
        jsonb_strip_nulls(jsonb_build_object(
            {%- for column in columns %}
            '{{ column }}', case when {{ column }} is null then {{ said(column) }} end
            {{- ',' if not loop.last }}
            {%- endfor %}
        )),
        '{}'
    )
{%- endmacro %}
