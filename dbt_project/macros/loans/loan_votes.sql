{#
    By which decimal mark and which order of day and month a file of a loan book is to be
    read, one row, with how many values say so. They are those of the values that allow
    one reading only; where none does, where many contradict each other, or one the
    setting, those that the setting says. A query, a part of `loan_reading`, whose
    relations it names.
#}
{% macro loan_votes(decimal_mark, date_order) -%}
    {%- set currency = '[A-Z]{3}|[$¢£¤¥֏؋৲৳฿៛₠-₿]' -%}
    with

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

    )

    select
        votes.*,
        {{ decided_by(
            date_order, 'month_first', 'day_first', 'unclear_date', 'mdy', 'dmy'
        ) }} as date_order,
        {{ decided_by(
            decimal_mark, 'point', 'comma', 'unclear_amount', '.', ','
        ) }} as decimal_mark
    from votes
{%- endmacro %}
