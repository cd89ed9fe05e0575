{#
    What stands under the headings of a file of a loan book that may be known ones, each
    value once a place with in how many rows (`row_count`), and each way to read it; a
    null says in how many rows nothing stands there. A query, a part of `loan_reading`,
    whose relations it names.
#}
{% macro loan_values() -%}
    with

    cells as (

        select
            cell.place,
            cell.said,
            count(*) as row_count
        from heading_line
        inner join lines
            on
                heading_line.place < lines.place
                and cardinality(heading_line.fields) = cardinality(lines.fields)
        cross join
            lateral unnest(lines.fields) with ordinality as cell (said, place)
        where cell.place in (select candidates.place from candidates)
        group by 1, 2

    )

    select
        place,
        said,
        row_count,
        case
            when said ~ '[0-9]{4}' then {{ as_date('said', "'mdy'") }}
        end as month_first,
        case
            when said ~ '[0-9]{4}' then {{ as_date('said', "'dmy'") }}
        end as day_first,
        {{ as_amount('said', "'.'") }} as with_point,
        case
            when said ~ '[.,]' then {{ as_amount('said', "','") }}
            else {{ as_amount('said', "'.'") }}
        end as with_comma
    from cells
{%- endmacro %}
