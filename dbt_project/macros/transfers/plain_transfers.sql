{#
    A page of token transfers in two, to be used laterally: (frame text, rows_text text).

    Where all rows are of BigQuery's own form, `rows_text` has them, from the first value
    to the last, and `frame` is the page without. Else `frame` is the page, `rows_text`
    null. jsonb takes eight times as long for such a page as one regular expression.
#}
{% macro plain_transfers(payload) -%}
    {%- set hex, digits = '\\{"v":"0x[0-9a-f]+"\\}', '\\{"v":"[0-9]+"\\}' -%}
    {%- set row = '\\{"f":\\[(' ~ hex ~ ',){3}' ~ digits ~ ',' ~ hex ~ ',(' ~ digits
        ~ ',){3}' ~ hex ~ '\\]\\}' -%}
    {%- set rows = '^[^][]*"rows":\\[' ~ row ~ '(,' ~ row ~ ')*\\][^][]*$' -%}
    (
        select
            case when page.is_plain then page.frame else {{ payload }} end as frame,
            case
                when page.is_plain
                    then split_part(
                        split_part({{ payload }}, '"rows":[{"f":[{"v":"', 2), '"}]}]', 1
                    )
            end as rows_text
        from (
            select
                cut.frame,
                case
                    when pg_input_is_valid(cut.frame, 'jsonb')
                        then cut.frame::jsonb -> 'rows' = '"cut"'
                end as is_plain
            from (
                select
                    case
                        when {{ payload }} ~ '{{ rows }}'
                            then
                                split_part({{ payload }}, '[', 1) || '"cut"'
                                || split_part({{ payload }}, ']}]', 2)
                    end as frame
                from (values (1)) as once (number)
                -- offset 0, here and below: once a page, and not once a column
                offset 0
            ) as cut
            offset 0
        ) as page
    )
{%- endmacro %}
