{#
    Every rate in the files that this build reads, one row per line and currency, typed
    and judged: what the tables of winners and of rejects are drawn from. N/A is no
    rate.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set day = '^([0-9]{4}(-[0-9]{2}){2}|[0-9]{1,2} [A-Z][a-z]{2,8} [0-9]{4})$' %}

with

currencies as not materialized (select * from {{ ref('stg_currencies') }}),

-- materialized: a page is found by its load and cut into lines once
pages as materialized (

    select
        arrived._dlt_load_id as load_id,
        arrived.request,
        arrived.fetched_at,
        coalesce(arrived.answered_at, arrived.fetched_at) as known_at,
        string_to_array(replace(arrived.payload, E'\r', ''), E'\n') as line_texts
    from {{ rates_to_read(source('raw', 'ecb__rates')) }} as arrived

),

lines as (

    select
        pages.load_id,
        pages.request,
        pages.fetched_at,
        pages.known_at,
        parts.*
    from pages
    cross join lateral {{ ecb_lines('pages.line_texts') }} as parts

),

readable as (

    select
        lines.*,
        case
            when lines.codes is null
                then {{ reason('not readable as a file of rates') }}
            when
                trim(lines.rate_texts[1]) ~ '{{ day }}' is not true
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

-- a line that can't be read is one row
cells as (

    select
        days.*,
        cell.quote_currency,
        cell.column_number,
        trim(cell.rate_text) as rate_text
    from days
    left outer join
        lateral unnest(days.codes[2:], days.rate_texts[2:])
        with ordinality as cell (quote_currency, rate_text, column_number)
        on days.unreadable is null

),

rates as (

    select
        cells.*,
        case
            when cells.rate_text ~ '^-?[0-9]+([.][0-9]+)?$'
                then {{ as_number('cells.rate_text') }}
        end as rate
    from cells
    where cells.unreadable is not null or cells.rate_text != 'N/A'

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
            when currencies.currency is null then {{ reason('an unknown currency') }}
            when rates.rate is null then {{ reason('not a number where one belongs') }}
            when rates.rate_date > (rates.known_at at time zone 'utc')::date
                then {{ reason('in the future') }}
            when rates.rate <= 0 then {{ reason('a rate of zero or less') }}
            else {{ beyond('rate', ['rates.rate']) }}
        end as own_reason
    from rates
    left outer join currencies
        on rates.quote_currency = currencies.currency

),

reasoned as (

    select
        *,
        {{ reason_among_twins(
            key=['quote_currency', 'rate_date'],
            position='item_position desc, column_number desc',
            value='rate',
        ) }} as reason
    from judged

)

select * from reasoned
