{#
    Every reading of the pages that this build reads, one row per page, place in it and
    signal, typed and judged; an item without a readable time or signal is one row.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set iso_time = '^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}'
    ~ '(:[0-9]{2}([.][0-9]+)?)?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?)?$' %}

with

-- materialized: each page is mended and judged once
pages as materialized (

    {{ plant_pages(newly_arrived(source('raw', 'plant__readings'))) }}

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

stamped as (

    {{ stamped_items('timed') }}

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
