{#
    The fields of a CSV row that hold something, though nothing could be read from it:
    their texts by column, as jsonb; null where there is none. `fields` maps each
    column to its heading, as `csv_rows` has it.
#}
{% macro unread(item, fields) -%}
    nullif(
        jsonb_strip_nulls(jsonb_build_object(
            {%- for column, heading in fields.items() %}
            '{{ column }}', case when {{ column }} is null then {{ item }} ->> '{{ heading }}' end
            {{- ',' if not loop.last }}
            {%- endfor %}
        )),
        '{}'
    )
{%- endmacro %}
