{#
    The lines of a CSV text, to be used laterally: (line_number bigint, fields text[]),
    the headings' line too.

    Each field is text without the blanks around it, null where nothing is left; lines
    with nothing in them are none. Fields may stand in quotes, with separators, line
    ends and doubled quotes in them. A quote elsewhere is a character like others. Lines
    end as in Unix or Windows; the last need not, and a byte order mark is no matter.
#}
{% macro csv_lines(payload, separator="','") -%}
    (
        select
            cells.line_number,
            array_agg(cells.field order by cells.place) as fields
        from (
            select
                token.place,
                1 + count(*) filter (where token.parts[2] = e'\n') over (
                    order by token.place
                    rows between unbounded preceding and 1 preceding
                ) as line_number,
                nullif(btrim(case
                    when token.parts[1] ~ '^".*"$' then replace(
                        substr(token.parts[1], 2, length(token.parts[1]) - 2),
                        '""', '"'
                    )
                    else token.parts[1]
                end, e' \t\u00a0'), '') as field
            from regexp_matches(
                replace(ltrim({{ payload }}, e'\ufeff'), e'\r\n', e'\n') || e'\n',
                '("(?:[^"]|"")*"|[^\n' || {{ separator }} || ']*)'
                || '([\n' || {{ separator }} || '])',
                'g'
            ) with ordinality as token (parts, place)
        ) as cells
        group by 1
        having count(cells.field) > 0
    )
{%- endmacro %}
