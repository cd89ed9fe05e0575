{{ config(materialized='ephemeral') }}

with

-- materialized: a page is found by its load and cut into lines once
pages as materialized (

    select
        arrived._dlt_load_id as load_id,
        arrived.request,
        arrived.fetched_at,
        coalesce(arrived.answered_at, arrived.fetched_at) as known_at,
        string_to_array(replace(arrived.payload, E'\r', ''), E'\n') as lines
    from (
        select * from {{ newly_arrived(source('raw', 'ecb__rates')) }} as recent
        union all
        select * from {{ read_before(
            source('raw', 'ecb__rates'), ref('stg_currencies'), 'currency'
        ) }} as earlier
    ) as arrived

),

-- the daily file has spaces after its commas, and both end a line with a comma
lines as (

    select
        pages.load_id,
        pages.request,
        pages.fetched_at,
        pages.known_at,
        line.line_text,
        line.line_number - 1 as item_position,
        string_to_array(replace(rtrim(pages.lines[1], ', '), ' ', ''), ',') as codes,
        string_to_array(rtrim(line.line_text, ', '), ',') as fields
    from pages
    cross join lateral unnest(pages.lines)
        with ordinality as line (line_text, line_number)
    where
        trim(split_part(pages.lines[1], ',', 1)) = 'Date'
        and line.line_number > 1
        and rtrim(line.line_text, ', ') != ''
    union all
    select
        load_id,
        request,
        fetched_at,
        known_at,
        left(lines[1], 1000) as line_text,
        0 as item_position,
        null as codes,
        null as fields
    from pages
    where trim(split_part(lines[1], ',', 1)) is distinct from 'Date'

),

readable as (

    select
        lines.*,
        case
            when lines.codes is null then 'not readable as a file of rates'
            when
                trim(lines.fields[1])
                ~ '^(\d{4}-\d\d-\d\d|\d\d? [A-Z][a-z]{2,8} \d{4})$' is not true
                or not pg_input_is_valid(trim(lines.fields[1]), 'date')
                then 'no date'
            when cardinality(lines.fields) != cardinality(lines.codes)
                then 'not as many fields as the heading has'
        end as unreadable
    from lines
    -- offset 0: judged once, though each cast below asks
    offset 0 -- noqa: AM09

),

days as (

    select
        readable.*,
        case
            when readable.unreadable is null then trim(readable.fields[1])::date
        end as rate_date
    from readable
    offset 0 -- noqa: AM09

),

rates as (

    select
        days.load_id,
        days.request,
        days.fetched_at,
        days.known_at,
        days.item_position,
        days.line_text,
        days.rate_date,
        days.unreadable,
        rate.quote_currency,
        trim(rate.rate_text) as rate_text,
        trim(rate.rate_text) ~ '^-?\d{1,15}([.]\d{1,30})?$' as is_number
    from days
    cross join lateral unnest(days.codes[2:], days.fields[2:])
        as rate (quote_currency, rate_text)
    where days.unreadable is null and trim(rate.rate_text) != 'N/A'
    union all
    select
        load_id,
        request,
        fetched_at,
        known_at,
        item_position,
        line_text,
        rate_date,
        unreadable,
        null as quote_currency,
        null as rate_text,
        false as is_number
    from days
    where unreadable is not null

),

judged as (

    select
        -- keys
        rates.quote_currency,
        rates.rate_date,
        -- measures
        case when rates.is_number then rates.rate_text::numeric end as rate,
        -- lineage
        rates.fetched_at,
        rates.load_id,
        rates.item_position,
        rates.request,
        coalesce(rates.rate_text, rates.line_text) as item_text,
        case
            when rates.unreadable is not null then rates.unreadable
            when listed.currency is null then 'an unknown currency'
            when not rates.is_number then 'not a number where one belongs'
            when rates.rate_date > (rates.known_at at time zone 'utc')::date
                then 'in the future'
            when rates.rate_text ~ '^-|^[0.]+$' then 'a rate of zero or less'
        end as reason
    from rates
    left join {{ named(ref('stg_currencies'), 'listed') }}
        on rates.quote_currency = listed.currency

)

select * from judged
