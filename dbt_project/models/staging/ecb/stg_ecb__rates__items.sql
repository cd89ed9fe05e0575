{#
    Every rate in the files that this build reads, one row per line and currency, typed
    and judged: what the tables of winners and of rejects are drawn from. N/A is no
    rate.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set day = '^([0-9]{4}(-[0-9]{2}){2}|[0-9]{1,2} [A-Z][a-z]{2,8} [0-9]{4})$' %}

with

-- materialized: a page is found by its load and cut into lines once
pages as materialized (

    select
        arrived._dlt_load_id as load_id,
        arrived.request,
        arrived.fetched_at,
        coalesce(arrived.answered_at, arrived.fetched_at) as known_at,
        string_to_array(replace(arrived.payload, E'\r', ''), E'\n') as line_texts
    from (
        select * from {{ newly_arrived(source('raw', 'ecb__rates')) }} as recent
        union all
        select * from {{ read_before(
            source('raw', 'ecb__rates'), ref('stg_currencies'), 'currency'
        ) }} as earlier
    ) as arrived

),

-- the daily file has spaces after its commas, and both end a line with a comma
texts as (

    select
        pages.*,
        entry.line_text,
        entry.line_number - 1 as item_position,
        rtrim(pages.line_texts[1], ', ') as heading,
        rtrim(entry.line_text, ', ') as rate_line
    from pages
    cross join lateral unnest(
        pages.line_texts
    ) with ordinality as entry (line_text, line_number)

),

lines as (

    select
        load_id,
        request,
        fetched_at,
        known_at,
        line_text,
        item_position,
        string_to_array(replace(heading, ' ', ''), ',') as codes,
        string_to_array(rate_line, ',') as rate_texts
    from texts
    where
        trim(split_part(heading, ',', 1)) = 'Date'
        and item_position > 0
        and rate_line != ''
    union all
    select
        load_id,
        request,
        fetched_at,
        known_at,
        left(line_texts[1], 1000) as line_text,
        0 as item_position,
        null as codes,
        null as rate_texts
    from pages
    where trim(split_part(line_texts[1], ',', 1)) is distinct from 'Date'

),

readable as (

    select
        lines.*,
        case
            when lines.codes is null
                then {{ reason('not readable as a file of rates') }}
            when
                trim(lines.rate_texts[1])
                ~ '{{ day }}' is not true
                or not pg_input_is_valid(trim(lines.rate_texts[1]), 'date')
                then {{ reason('no date') }}
            when cardinality(lines.rate_texts) != cardinality(lines.codes)
                then {{ reason('not as many fields as the heading has') }}
        end as unreadable
    from lines
    -- offset 0: judged once, though each cast below asks
    offset 0 -- noqa: AM09

),

days as (

    select
        readable.*,
        case
            when readable.unreadable is null then trim(readable.rate_texts[1])::date
        end as rate_date
    from readable
    offset 0 -- noqa: AM09

),

cells as (

    select
        days.load_id,
        days.request,
        days.fetched_at,
        days.known_at,
        days.item_position,
        days.line_text,
        days.rate_date,
        days.unreadable,
        cell.quote_currency,
        cell.column_number,
        trim(cell.rate_text) as rate_text
    from days
    cross join lateral unnest(
        days.codes[2:], days.rate_texts[2:]
    ) with ordinality as cell (quote_currency, rate_text, column_number)

),

rates as (

    select
        cells.*,
        case
            when cells.rate_text ~ '^-?[0-9]+([.][0-9]+)?$'
                then {{ as_number('cells.rate_text') }}
        end as rate
    from cells
    where cells.unreadable is null and cells.rate_text != 'N/A'
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
        null as column_number,
        null as rate_text,
        null as rate
    from days
    where unreadable is not null

),

judged as (

    select
        -- keys
        rates.quote_currency,
        rates.rate_date,
        -- measures
        case
            when {{ beyond('rate', ['rates.rate']) }} is null then rates.rate
        end as rate,
        -- lineage
        rates.fetched_at,
        rates.load_id,
        rates.item_position,
        rates.column_number,
        rates.request,
        coalesce(rates.rate_text, rates.line_text) as item_text,
        case
            when rates.unreadable is not null then rates.unreadable
            when listed.currency is null then {{ reason('an unknown currency') }}
            when rates.rate is null then {{ reason('not a number where one belongs') }}
            when rates.rate_date > (rates.known_at at time zone 'utc')::date
                then {{ reason('in the future') }}
            when rates.rate <= 0 then {{ reason('a rate of zero or less') }}
            else {{ beyond('rate', ['rates.rate']) }}
        end as reason
    from rates
    left outer join {{ named(ref('stg_currencies'), 'listed') }}
        on rates.quote_currency = listed.currency

),

reasoned as (

    select
        quote_currency,
        rate_date,
        rate,
        fetched_at,
        load_id,
        item_position,
        request,
        item_text,
        {{ reason_among_twins(
            key=['quote_currency', 'rate_date'],
            position='item_position desc, column_number desc',
            value='rate',
        ) }} as reason
    from judged

)

select * from reasoned
