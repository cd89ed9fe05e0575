{#
    Whether a row of an answer is of the second time that its hour came, when clocks
    went back, as the order of the answer tells: a query of page_number, item_position
    and is_second, for pages alone whose order tells.

    It does where the answer leads on in one direction, in time or against it, and turns
    back once: within that hour, and by half of it at least. Where nothing turns back,
    two rows of one time are such a turn. Anything else may be one half of two hours, or
    both sorted by the clock.
#}
{% macro passes_of_an_hour(relation) -%}
    with

    neighbours as (

        select
            page_number,
            item_position,
            local_time,
            early_at != late_at as is_twice,
            late_at - early_at as turned_by,
            lag(local_time) over answer as time_before,
            lag(early_at != late_at) over answer as is_twice_before,
            bool_or(early_at != late_at) over (partition by page_number) as is_asked_for
        from {{ relation }}
        where local_time is not null
        window answer as (partition by page_number order by item_position)

    ),

    directed as (

        select
            neighbours.*,
            -- a smaller step is a row out of order
            coalesce(
                is_twice and is_twice_before and (
                    local_time = time_before
                    or greatest(local_time - time_before, time_before - local_time) * 2
                    >= turned_by
                ),
                false
            ) as is_inside,
            sign(
                count(*) filter (where local_time > time_before) over answer
                - count(*) filter (where local_time < time_before) over answer
            )::integer as direction
        from neighbours
        where is_asked_for
        window answer as (partition by page_number)

    ),

    steps as (

        select
            directed.*,
            direction * case
                when local_time > time_before then 1
                when local_time < time_before then -1
                else 0
            end as step
        from directed

    ),

    answers as (

        select
            page_number,
            case
                when
                    direction = 0
                    or bool_or(step = -1 and not is_inside)
                    then null
                when count(*) filter (where step = -1) = 1 then -1
                when
                    count(*) filter (where step = -1) = 0
                    and count(*) filter (where step = 0 and is_inside) = 1
                    and count(*) filter (where local_time = time_before) = 1
                    then 0
            end as turn
        from steps
        group by page_number, direction

    )

    select
        steps.page_number,
        steps.item_position,
        (
            count(*) filter (
                where steps.is_inside and steps.step = answers.turn
            ) over (partition by steps.page_number order by steps.item_position) = 1
        ) = (steps.direction = 1) as is_second
    from steps
    inner join answers on steps.page_number = answers.page_number
    where answers.turn is not null
{%- endmacro %}
