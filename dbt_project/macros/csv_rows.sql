{#
    The rows of a CSV text, to be used laterally: (item jsonb, item_position bigint).

    An item is an object by heading, with each field as text: without the spaces around
    it, null where nothing is left. Headings are matched by their letters and digits
    alone, in lower case: `Loan_Id` and `loan id` are both `loanid`. A row that has more
    or fewer fields than there are headings comes as an array. The position is the line
    in the file, the headings' own being 1; lines with nothing in them are none.

    Fields may stand in quotes, with commas, line ends and doubled quotes in them. A
    quote elsewhere is a character like others. Lines end as in Unix or Windows; the
    last need not, and a byte order mark is no matter.
#}
{% macro csv_rows(payload) -%}
    (
        with

        fields as (

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
                end, e' \t'), '') as field
            from regexp_matches(
                replace(ltrim({{ payload }}, e'\ufeff'), e'\r\n', e'\n') || e'\n',
                '("(?:[^"]|"")*"|[^,\n]*)([,\n])',
                'g'
            ) with ordinality as token (parts, place)

        ),

        lines as (

            select
                line_number,
                array_agg(field order by place) as fields
            from fields
            group by 1
            having count(field) > 0

        ),

        headings as (

            select
                line_number,
                array(
                    select
                        regexp_replace(
                            lower(coalesce(heading.field, '')), '[^a-z0-9]', '', 'g'
                        )
                    from unnest(lines.fields)
                        with ordinality as heading (field, place)
                    order by heading.place
                ) as names
            from lines
            order by 1
            limit 1

        )

        select
            case
                when cardinality(lines.fields) = cardinality(headings.names)
                    then jsonb_object(headings.names, lines.fields)
                else to_jsonb(lines.fields)
            end as item,
            lines.line_number as item_position
        from lines
        inner join headings on lines.line_number > headings.line_number
    )
{%- endmacro %}
