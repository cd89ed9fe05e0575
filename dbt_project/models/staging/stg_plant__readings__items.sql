{{ config(materialized='ephemeral') }}

{# Words that Python writes where JSON has none; NaN is a value that is missing. #}
{% set before, after = '(?<=[[:space:]:,[])', '(?=[]},[:space:]])' %}
{% set iso_time = '^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}'
    ~ '(:[0-9]{2}([.][0-9]+)?)?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?)?$' %}

with

-- materialized: each page is mended and judged once
mended as materialized (

    select
        _dlt_load_id as load_id,
        request,
        fetched_at,
        request::jsonb ->> 'turbine' as turbine_id,
        coalesce(answered_at, fetched_at) as known_at,
        case
            when payload is json then payload
            else regexp_replace(
                regexp_replace(payload, '{{ before }}NaN{{ after }}', 'null', 'g'),
                '{{ before }}(-?Infinity){{ after }}', '"\1"', 'g'
            )
        end as payload
    from {{ newly_arrived(source('raw', 'plant__readings')) }} as arrived

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
            when items.reading is null then 'not readable as JSON'
            when jsonb_typeof(items.reading) != 'object' then 'not an object'
            when (
                items.reading ->> 'timestamp' ~ '{{ iso_time }}'
                and pg_input_is_valid(items.reading ->> 'timestamp', 'timestamptz')
            ) is not true then 'no readable timestamp'
            when items.reading - array['timestamp', 'id'] = '{}' then 'no signal in it'
        end as unreadable
    from items
    -- offset 0: judged once, though more than one expression asks
    offset 0 -- noqa: AM09

),

readings as (

    select
        timed.*,
        parts.signal,
        parts.value_text,
        case
            when timed.unreadable is null
                then {{ text_to_timestamp('timed.time_text') }}
        end as read_at,
        case
            when pg_input_is_valid(parts.value_text, 'double precision')
                then parts.value_text::double precision
        end as sent_value
    from timed
    left outer join lateral jsonb_each_text(
        case
            when timed.unreadable is null then timed.reading - array['timestamp', 'id']
            else '{}'
        end
    ) as parts (signal, value_text) on true
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
        -- lineage
        fetched_at,
        load_id,
        item_position,
        request,
        item,
        case
            when unreadable is not null then unreadable
            when read_at > known_at then 'in the future'
            when value_text is not null and sent_value is null then 'not a number'
            when sent_value != 'NaN' and abs(sent_value) = 'Infinity' then 'infinite'
            when sent_value != 'NaN' and abs(sent_value) > 1e100
                then 'too large to reckon with'
        end as reason
    from readings

)

select * from judged
