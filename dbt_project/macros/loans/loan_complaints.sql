{#
    Why a file of a loan book can't be used, the first of a query of sentences by their
    `grade`: a part of `loan_reading`, whose relations it names.
#}
{% macro loan_complaints() -%}
    {%- set words = "(select string_agg(words.word, ', ') from "
        ~ payment_words() ~ ")" -%}
    select
        1 as grade,
        'no heading ' || string_agg(known.heading, ', ') filter (
            where known.field not in (select headed.field from headed)
        ) || coalesce(' among ' || (
            select left(string_agg(headings.said, ', '), 200)
            from headings
        ), '') || ': name the columns ' || string_agg(known.heading, ', ') as sentence
    from known
    where known.is_required
    union all
    select
        2 as grade,
        'several columns with the heading ' || string_agg(headed.heading, ', ')
        || ': leave one' as sentence
    from headed
    where headed.column_count > 1
    union all
    select
        3 as grade,
        'no line has as many fields as headings: write one under each, in quotes '
        || 'where it has a separator in it' as sentence
    where
        exists (select 1 from lines where lines.place > 1)
        and not exists (select 1 from readings)
    union all
    -- under a heading stands nothing that belongs there
    select
        4 as grade,
        case
            when count(readings.said) = 0
                then 'nothing stands under ' || placed.heading || ': fill that column'
            else
                'no value under ' || placed.heading || ', such as '
                || left(min(readings.said), 40) || case placed.kind
                    when 'date' then ', is a date: write 2024-02-01'
                    when 'amount' then ', is a number: write 1234.50'
                    else ', is known: leave the column out, or write ' || {{ words }}
                end
        end as sentence
    from placed
    inner join readings on placed.place = readings.place
    left outer join {{ payment_words() }}
        on
            placed.kind = 'status'
            and words.word = {{ status_word('readings.said') }}
    group by placed.heading, placed.kind, placed.is_required, placed.is_filled
    having
        case
            when count(readings.said) = 0 then placed.is_filled
            -- a row without one is a payment
            when placed.kind = 'status'
                then count(*) filter (
                    where readings.said is null or words.word is not null
                ) = 0
            when not placed.is_required then false
            when placed.kind = 'date'
                then count(coalesce(readings.month_first, readings.day_first)) = 0
            when placed.kind = 'amount'
                then count(coalesce(readings.with_point, readings.with_comma)) = 0
        end
    union all
    select
        5 as grade,
        'amounts in ' || array_to_string(decided.currencies, ' and ')
        || ': a loan book has one currency' as sentence
    from decided
    where cardinality(decided.currencies) > 1
    union all
    select
        6 as grade,
        {{ undecided(
            'dates', 'month_first', 'month first', 'day_first', 'day first',
            'unclear_date', 'DATES', 'mdy or dmy'
        ) }} as sentence
    from decided
    where decided.date_order is null
    union all
    select
        7 as grade,
        {{ undecided(
            'amounts', 'point', 'with a decimal point', 'comma',
            'with a decimal comma', 'unclear_amount', 'DECIMAL', '. or ,'
        ) }} as sentence
    from decided
    where decided.decimal_mark is null
{%- endmacro %}
