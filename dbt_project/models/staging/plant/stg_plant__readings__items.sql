{#
    Every reading of the pages that this build reads, one row per page, place in it and
    signal, typed and judged; an item without a readable time or signal is one row.
#}
{{ config(materialized='ephemeral', access='private') }}

{# Words that Python writes where JSON has none; NaN is a value that is missing. #}
{% set before, after = '(?<=[[:space:]:,[])', '(?=[]},[:space:]])' %}
{% set iso_time = '^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}'
    ~ '(:[0-9]{2}([.][0-9]+)?)?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?)?$' %}
{% set told, told_zone = 'local_times.local_time', 'local_times.zone_name' %}

with

arrived as (

    select
        landed.*,
        landed.request::jsonb as asked
    from {{ newly_arrived(source('raw', 'plant__readings')) }} as landed

),

-- materialized: each page is mended and judged once
mended as materialized (

    select
        _dlt_load_id as load_id,
        request,
        fetched_at,
        row_number() over () as page_number,
        {{ shortened("asked ->> 'turbine'") }} as turbine_id,
        asked ->> 'turbine' as asked_turbine,
        asked ->> 'zone' as zone_name,
        pg_input_is_valid('2000-01-01 ' || (asked ->> 'zone'), 'timestamptz')
            as is_zone_known,
        (asked ->> 'sampling_seconds')::integer as sampling_seconds,
        case
            when asked ->> 'stamp' = 'end'
                then (asked ->> 'sampling_seconds')::integer * interval '1 second'
            else interval '0 seconds'
        end as stamped_after,
        tstzrange((asked ->> 'start')::timestamptz, (asked ->> 'end')::timestamptz)
            as asked_span,
        coalesce(answered_at, fetched_at) as known_at,
        case
            when payload is json then payload
            else regexp_replace(
                regexp_replace(payload, '{{ before }}NaN{{ after }}', 'null', 'g'),
                '{{ before }}(-?Infinity){{ after }}', '"\1"', 'g'
            )
        end as payload
    from arrived

),

pages as materialized (

    select
        mended.*,
        mended.payload is json array
        and pg_input_is_valid(mended.payload, 'jsonb') as is_plain
    from mended

),

items as (

    select
        pages.*,
        parts.item,
        parts.item_position,
        case
            when jsonb_typeof(parts.item -> 'Data') = 'object' then parts.item -> 'Data'
            else parts.item
        end as reading
    from pages
    cross join lateral {{ json_items('pages.payload', 'pages.is_plain') }} as parts

),

timed as (

    select
        items.*,
        items.reading ->> 'timestamp' as time_text,
        case
            when items.reading is null then {{ reason('not readable as JSON') }}
            when jsonb_typeof(items.reading) != 'object'
                then {{ reason('not an object') }}
            when (
                items.reading ->> 'timestamp' ~ '{{ iso_time }}'
                and pg_input_is_valid(items.reading ->> 'timestamp', 'timestamptz')
            ) is not true then {{ reason('no readable timestamp') }}
            when not items.is_zone_known
                then {{ reason('of a time zone that Postgres does not know') }}
        end as unreadable
    from items
    -- offset 0: judged once, though more than one expression asks
    offset 0 -- noqa: AM09

),

local_times as (

    select
        timed.*,
        case
            when
                timed.unreadable is null and timed.zone_name is not null
                and not {{ has_offset('timed.time_text') }}
                then timed.time_text::timestamp
        end as local_time
    from timed
    offset 0 -- noqa: AM09

),

-- where the zone's clocks go back, a local time is that of two instants
clocked as (

    select
        local_times.*,
        case
            when local_times.local_time is not null
                then {{ local_instant(told, told_zone, -24) }}
        end as early_at,
        case
            when local_times.local_time is not null
                then {{ local_instant(told, told_zone, 24) }}
        end as late_at
    from local_times
    offset 0 -- noqa: AM09

),

hours_passed as (

    {{ passes_of_an_hour('clocked') }}

),

stamped as (

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

),

readings as (

    select
        stamped.*,
        stamped.stamped_at - stamped.stamped_after as read_at,
        {{ shortened('parts.signal') }} as signal, -- noqa: RF04
        parts.signal as sent_signal,
        parts.sent,
        case
            when jsonb_typeof(parts.sent) = 'number'
                then case
                    when {{ beyond('reading', ['parts.sent::numeric']) }} is null
                        then parts.sent::double precision
                end
            when
                length(parts.sent #>> '{}') <= 400
                and pg_input_is_valid(parts.sent #>> '{}', 'double precision')
                then (parts.sent #>> '{}')::double precision
        end as sent_value
    from stamped
    left outer join lateral jsonb_each(
        case
            when stamped.stamped_at is not null
                then stamped.reading - array['timestamp', 'id']
            else '{}'
        end
    ) as parts (signal, sent) on true
    -- offset 0: cast once, though the rules below read it again
    offset 0 -- noqa: AM09

),

judged as (

    select
        -- keys
        turbine_id,
        signal,
        read_at,
        -- measures
        nullif(sent_value, 'NaN') as value, -- noqa: RF04
        sampling_seconds,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        request,
        item,
        case
            {{ too_long('asked_turbine', 'a turbine') }}
            when unreadable is not null then unreadable
            when coalesce(stamped_at, early_at, late_at) is null
                then {{ reason(
                    'in an hour that the clocks of %s left out', 'zone_name'
                ) }}
            when stamped_at is null
                then {{ reason(
                    'in an hour that comes twice, and the order does not tell which'
                ) }}
            when signal is null then {{ reason('no signal in it') }}
            {{ too_long('sent_signal', 'a signal') }}
            when stamped_at > known_at then {{ reason('in the future') }}
            when jsonb_typeof(sent) = 'number' and sent_value is null
                then {{ beyond('reading', ['sent::numeric']) }}
            when jsonb_typeof(sent) != 'null' and sent_value is null
                then {{ reason('not a number') }}
            when sent_value != 'NaN' and abs(sent_value) = 'Infinity'
                then {{ reason('infinite') }}
            when sent_value != 'NaN'
                then {{ beyond('reading', ['sent_value']) }}
        end as reason
    from readings

)

select * from judged
