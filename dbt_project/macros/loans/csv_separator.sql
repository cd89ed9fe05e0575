{#
    What stands between the fields of a CSV text, by its first line: the comma, unless
    there are more semicolons or tabs. What stands in quotes does not count.
#}
{% macro csv_separator(payload) -%}
    (
        select
            case
                when marks.semicolons > greatest(marks.commas, marks.tabs) then ';'
                when marks.tabs > marks.commas then e'\t'
                else ','
            end
        from (
            select
                regexp_count(heading.line, ';') as semicolons,
                regexp_count(heading.line, e'\t') as tabs,
                regexp_count(heading.line, ',') as commas
            from (
                select
                    regexp_replace(
                        substring(
                            ltrim(left({{ payload }}, 4000), e'\ufeff\r\n ')
                            from '^[^\r\n]*'
                        ),
                        '"[^"]*"', '', 'g'
                    ) as line
            ) as heading
        ) as marks
    )
{%- endmacro %}
