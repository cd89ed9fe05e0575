{#
    How a file of a loan book is to be read, one row, to be used laterally: what stands
    between its fields, the names of its columns by place, the name under which each
    field stands, which headings are swapped, its decimal mark and its order of day and
    month; or why it is `unusable`. Ingestion and staging both ask this, so that what
    one calls usable the other reads.

    A heading is known by its letters and digits, whatever its case; better by these
    alone than without what is in brackets, a number or a table before it, a key's or a
    type's word or a currency behind it. Two headings are swapped if most values under
    each disprove it and fit the other, and no other two are. Mark and order are
    those of the values that allow one reading only; where none does, where many
    contradict each other, or one the setting, those that a setting says
    (`decimal_mark`, `date_order`: expressions).
#}
{% macro loan_reading(file_name, payload, decimal_mark, date_order) -%}
    {%- set noise = '(fk|pk|key|primary key|foreign key|text|string|varchar|number'
        ~ '|numeric|decimal|integer|int|float|date|datetime|timestamp|usd|eur|gbp|ngn|ghs'
        ~ '|kes|ugx|mad|xof|egp|zar|inr|chf|jpy|cny)' -%}
    {%- set currency = '[A-Z]{3}|[$¢£¤¥֏؋৲৳฿៛₠-₿]' -%}
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

        lines as materialized (

            select
                line.line_number,
                line.fields
            from file
            cross join lateral {{ csv_lines(payload, 'file.separator') }} as line

        ),

        heading_line as (

            select *
            from lines
            order by line_number
            limit 1

        ),

        spelt as (

            select
                heading.place,
                heading.said,
                lower(coalesce(heading.said, '')) as folded,
                regexp_replace(
                    regexp_replace(
                        lower(heading.said),
                        '[(][^)]*[)]|[[][^]]*[]]|[{][^}]*[}]|<[^>]*>', ' ', 'g'
                    ),
                    '^.*[.](?=.*[a-z])', ''
                ) as bare
            from heading_line
            cross join
                lateral unnest(heading_line.fields)
                    with ordinality as heading (said, place)

        ),

        headings as (

            select
                place,
                said,
                array[
                    regexp_replace(folded, '[^a-z0-9]', '', 'g'),
                    case
                        when bare ~ '[a-z]' then {{ heading_letters('bare') }}
                        else {{ heading_letters('folded') }}
                    end,
                    {{ heading_letters(
                        "regexp_replace(bare, '[^a-z0-9]+(in +)?" ~ noise ~ "[^a-z0-9]*$', '')"
                    ) }}
                ] as names
            from spelt

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

        cells as (

            select
                cell.place,
                cell.said,
                count(*) as row_count
            from heading_line
            inner join lines
                on
                    heading_line.line_number < lines.line_number
                    and cardinality(heading_line.fields) = cardinality(lines.fields)
            cross join
                lateral unnest(lines.fields) with ordinality as cell (said, place)
            where
                cell.said is not null
                and cell.place in (select candidates.place from candidates)
            group by 1, 2

        ),

        readings as (

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

        ),

        tallies as (

            select
                place,
                sum(row_count) as told,
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
                min(candidates.place) as place,
                count(distinct candidates.place) as column_count
            from candidates
            where candidates.distance = 1
            group by 1, 2, 3, 4, 5

        ),

        judged as (

            select
                headed.*,
                tallies.told,
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

        votes as (

            select
                coalesce(sum(readings.row_count) filter (
                    where placed.kind = 'date' and readings.day_first is null
                ), 0) as month_first,
                coalesce(sum(readings.row_count) filter (
                    where placed.kind = 'date' and readings.month_first is null
                ), 0) as day_first,
                min(readings.said) filter (
                    where
                        placed.kind = 'date'
                        and readings.month_first != readings.day_first
                ) as unclear_date,
                coalesce(sum(readings.row_count) filter (
                    where placed.kind = 'amount' and readings.with_comma is null
                ), 0) as point,
                coalesce(sum(readings.row_count) filter (
                    where placed.kind = 'amount' and readings.with_point is null
                ), 0) as comma,
                min(readings.said) filter (
                    where
                        placed.kind = 'amount'
                        and readings.with_point != readings.with_comma
                ) as unclear_amount,
                array_agg(
                    distinct substring(readings.said from '{{ currency }}')
                ) filter (
                    where
                        placed.kind = 'amount'
                        and readings.said ~ '{{ currency }}'
                ) as currencies
            from placed
            inner join readings on placed.place = readings.place
            where
                placed.kind = 'date'
                and coalesce(readings.month_first, readings.day_first) is not null
                or placed.kind = 'amount'
                and coalesce(readings.with_point, readings.with_comma) is not null

        ),

        decided as (

            select
                votes.*,
                {{ decided_by(
                    date_order, 'month_first', 'day_first', 'unclear_date', 'mdy', 'dmy'
                ) }} as date_order,
                {{ decided_by(
                    decimal_mark, 'point', 'comma', 'unclear_amount', '.', ','
                ) }} as decimal_mark
            from votes

        ),

        -- a field of which nothing under its heading is what it should be
        barren as (

            select
                placed.heading,
                placed.kind,
                min(readings.said) as said
            from placed
            inner join readings on placed.place = readings.place
            left outer join {{ payment_words() }}
                on
                    placed.kind = 'status'
                    and words.word = {{ status_word('readings.said') }}
            where placed.kind = 'status' or placed.is_required
            group by 1, 2
            having
                case placed.kind
                    when 'date'
                        then count(coalesce(readings.month_first, readings.day_first))
                    when 'amount'
                        then count(coalesce(readings.with_point, readings.with_comma))
                    when 'status' then count(words.word)
                    else 1
                end = 0

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
            case
                when exists (
                    select 1
                    from known
                    where
                        known.is_required
                        and known.field not in (select headed.field from headed)
                )
                    then 'no heading ' || (
                        select string_agg(known.heading, ', ')
                        from known
                        where
                            known.is_required
                            and known.field not in (select headed.field from headed)
                    ) || coalesce(' among ' || (
                        select left(string_agg(headings.said, ', '), 200)
                        from headings
                    ), '') || ': name the columns ' || (
                        select string_agg(known.heading, ', ')
                        from known
                        where known.is_required
                    )
                when exists (select 1 from headed where headed.column_count > 1)
                    then 'several columns with the heading ' || (
                        select string_agg(headed.heading, ', ')
                        from headed
                        where headed.column_count > 1
                    ) || ': leave one'
                when exists (select 1 from barren)
                    then (
                        select
                            'no value under ' || barren.heading || ', such as '
                            || left(barren.said, 40) || case barren.kind
                                when 'date' then ', is a date: write 2024-02-01'
                                when 'amount' then ', is a number: write 1234.50'
                                else
                                    ', is known: leave the column out, or write '
                                    || (
                                        select string_agg(words.word, ', ')
                                        from {{ payment_words() }}
                                    )
                            end
                        from barren
                        order by barren.heading
                        limit 1
                    )
                when cardinality(decided.currencies) > 1
                    then
                        'amounts in ' || array_to_string(decided.currencies, ' and ')
                        || ': a loan book has one currency'
                when decided.date_order is null
                    then {{ undecided(
                        'dates', 'month_first', 'month first', 'day_first', 'day first',
                        'unclear_date', 'DATES', 'mdy or dmy'
                    ) }}
                when decided.decimal_mark is null
                    then {{ undecided(
                        'amounts', 'point', 'with a decimal point', 'comma',
                        'with a decimal comma', 'unclear_amount', 'DECIMAL', '. or ,'
                    ) }}
            end as unusable
        from file
        cross join decided
    )
{%- endmacro %}
