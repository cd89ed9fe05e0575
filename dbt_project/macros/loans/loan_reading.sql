{#
    How a file of a loan book is to be read, one row, to be used laterally: what stands
    between its fields, the names of its columns by place, the name under which each
    field stands, which headings are swapped, its decimal mark and its order of day and
    month; or why it is `unusable`. Ingestion and staging both ask this, so that what
    one calls usable the other reads.

    A heading is known by its names (`loan_headings`). Two are swapped if most values
    under each disprove it and fit the other, and no other two are. Mark and order are
    those of the values (`loan_votes`), else those that a setting says (`decimal_mark`,
    `date_order`: expressions).
#}
{% macro loan_reading(file_name, payload, decimal_mark, date_order) -%}
    (
        with

        known as (

            select known.*
            from {{ loan_fields() }}
            where known.file_name = {{ file_name }}

        ),

        file as (

            select {{ csv_separator(payload) }} as separator

        ),

        written as (

            select
                line.fields,
                row_number() over (order by line.line_number) as place
            from file
            cross join lateral {{ csv_lines(payload, 'file.separator') }} as line

        ),

        lines as materialized (

            select
                written.place,
                {{ within('written.fields', 'headed.columns') }} as fields
            from written
            cross join (
                select max(heading.place)::integer as columns
                from written
                cross join
                    lateral unnest(written.fields)
                        with ordinality as heading (said, place)
                where written.place = 1 and heading.said is not null
            ) as headed

        ),

        heading_line as (

            select *
            from lines
            where place = 1

        ),

        headings as (

            {{ loan_headings() }}

        ),

        candidates as (

            select
                known.*,
                headings.place,
                rank() over (
                    partition by known.field
                    order by array_position(headings.names, known.name)
                ) as distance
            from known
            inner join headings on known.name = any(headings.names)

        ),

        readings as (

            {{ loan_values() }}

        ),

        tallies as (

            select
                place,
                coalesce(sum(row_count) filter (where said is not null), 0) as filled,
                coalesce(sum(row_count) filter (
                    where coalesce(month_first, day_first) is not null
                ), 0) as dates,
                coalesce(sum(row_count) filter (
                    where coalesce(with_point, with_comma) is not null
                ), 0) as amounts,
                coalesce(sum(row_count) filter (
                    where
                        coalesce(with_point, with_comma) is not null
                        and said ~ '[.,]'
                ), 0) as marked
            from readings
            group by 1

        ),

        headed as (

            select
                candidates.field,
                candidates.kind,
                candidates.heading,
                candidates.name,
                candidates.is_required,
                candidates.is_filled,
                min(candidates.place) as place,
                count(distinct candidates.place) as column_count
            from candidates
            where candidates.distance = 1
            group by 1, 2, 3, 4, 5, 6

        ),

        judged as (

            select
                headed.*,
                tallies.filled,
                tallies.dates,
                tallies.amounts,
                tallies.marked,
                {{ fits_kind('headed.kind', 'tallies') }} as is_fitting
            from headed
            inner join tallies on headed.place = tallies.place

        ),

        swaps as (

            select
                one.field as field,
                one.heading as heading,
                other.field as other_field,
                one.place as place,
                other.place as other_place,
                other.kind || ' and ' || one.kind as kinds,
                count(*) over () as swap_count
            from judged as one
            inner join judged as other
                on
                    one.kind < other.kind
                    and {{ fits_kind('one.kind', 'other') }}
                    and {{ fits_kind('other.kind', 'one') }}
            where
                not one.is_fitting
                and not other.is_fitting
                and one.kind in ('amount', 'date')
                and other.kind in ('date', 'key')

        ),

        placed as (

            select
                headed.field,
                headed.kind,
                headed.heading,
                headed.is_required,
                headed.is_filled,
                case headed.field
                    when swaps.field then swaps.other_place
                    when swaps.other_field then swaps.place
                    else headed.place
                end as place
            from headed
            left outer join swaps
                on
                    headed.field in (swaps.field, swaps.other_field)
                    and swaps.swap_count = 1

        ),

        decided as (

            {{ loan_votes(decimal_mark, date_order) }}

        ),

        complaints as (

            {{ loan_complaints() }}

        )

        select
            file.separator,
            array(
                select coalesce(headed.name, headings.names[1])
                from headings
                left join headed on headings.place = headed.place
                order by headings.place
            ) as names,
            (
                select jsonb_object_agg(placed.field, coalesce(headed.name, ''))
                from placed
                inner join headed on placed.place = headed.place
            ) as fields,
            (
                select jsonb_build_object(
                    'field', lower(swaps.heading), 'kinds', swaps.kinds
                )
                from swaps
                where swaps.swap_count = 1
            ) as swapped,
            decided.decimal_mark,
            decided.date_order,
            (
                select complaints.sentence
                from complaints
                where complaints.sentence is not null
                order by complaints.grade, complaints.sentence
                limit 1
            ) as unusable
        from file
        cross join decided
    )
{%- endmacro %}
