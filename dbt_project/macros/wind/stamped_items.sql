{#
    The `items` of pages, each with the instant that its `time_text` says, `stamped_at`:
    a query. It is null where that can't be told, and where the item is `unreadable`.

    A time without an offset is one of its page's `zone_name`. Where the zone's clocks
    go forward some are of no instant; where they go back some are of two, `early_at`
    and `late_at`: then the span that was asked for decides, or the order of the answer.
#}
{% macro stamped_items(items) -%}
    {%- set at, zone = 'local_times.local_time', 'local_times.zone_name' -%}
    with

    local_times as (

        select
            timed.*,
            case
                when
                    timed.unreadable is null and timed.zone_name is not null
                    and not {{ has_offset('timed.time_text') }}
                    then timed.time_text::timestamp
            end as local_time
        from {{ items }} as timed
        offset 0 -- noqa: AM09

    ),

    -- where the zone's clocks go back, a local time is that of two instants
    clocked as (

        select
            local_times.*,
            case
                when local_times.local_time is not null
                    then {{ local_instant(at, zone, -24) }}
            end as early_at,
            case
                when local_times.local_time is not null
                    then {{ local_instant(at, zone, 24) }}
            end as late_at
        from local_times
        offset 0 -- noqa: AM09

    ),

    hours_passed as (

        {{ passes_of_an_hour('clocked') }}

    )

    select
        clocked.*,
        case
            when clocked.unreadable is not null then null
            when clocked.local_time is null
                then {{ text_to_timestamp('clocked.time_text') }}
            when clocked.early_at is null or clocked.late_at is null
                then coalesce(clocked.early_at, clocked.late_at)
            when clocked.early_at = clocked.late_at then clocked.early_at
            when is_asked.early and not is_asked.late then clocked.early_at
            when is_asked.late and not is_asked.early then clocked.late_at
            when hours_passed.is_second then clocked.late_at
            when not hours_passed.is_second then clocked.early_at
        end as stamped_at
    from clocked
    left outer join hours_passed
        on
            clocked.page_number = hours_passed.page_number
            and clocked.item_position = hours_passed.item_position
    cross join lateral (
        values (
            clocked.early_at - clocked.stamped_after <@ clocked.asked_span,
            clocked.late_at - clocked.stamped_after <@ clocked.asked_span
        )
    ) as is_asked (early, late)
{%- endmacro %}
