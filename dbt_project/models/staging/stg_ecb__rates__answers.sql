{{ config(
    materialized='incremental',
    unique_key=['quote_currency', 'fetched_at', 'load_id', 'covers_from'],
) }}

{% set at_midnight = "::timestamp at time zone 'utc'" %}

with

-- materialized: taken apart once
items as materialized (

    select
        load_id,
        request,
        fetched_at,
        quote_currency,
        rate_date,
        reason
    from {{ ref('stg_ecb__rates__items') }}

),

-- nothing can be said where a line has no day
files as (

    select
        load_id,
        request,
        fetched_at,
        min(rate_date) as first_date,
        max(rate_date) as last_date
    from items
    group by 1, 2, 3
    having bool_and(rate_date is not null)

),

unusable as (

    select
        load_id,
        request,
        fetched_at,
        quote_currency,
        array_agg(rate_date{{ at_midnight }}) as unusable_at
    from items
    where reason is not null
    group by 1, 2, 3, 4

),

headings as (

    select
        arrived._dlt_load_id as load_id,
        arrived.request,
        arrived.fetched_at,
        trim(entry.quote_currency, E' \r') as quote_currency
    from {{ newly_arrived(source('raw', 'ecb__rates')) }} as arrived
    cross join lateral unnest(
        (string_to_array(split_part(arrived.payload, E'\n', 1), ','))[2:]
    ) as entry (quote_currency)

),

answers as (

    select distinct on (
        headings.quote_currency, headings.fetched_at, headings.load_id, covers_from
    )
        -- keys
        headings.quote_currency,
        headings.fetched_at,
        headings.load_id,
        files.first_date{{ at_midnight }} as covers_from,
        -- measures
        (files.last_date + 1){{ at_midnight }} as covers_to,
        -- attributes
        unusable.unusable_at,
        headings.request,
        {{ version() }} as changed_in
    from headings
    inner join files
        on
            headings.load_id = files.load_id
            and headings.request = files.request
            and headings.fetched_at = files.fetched_at
    left outer join unusable
        on
            headings.load_id = unusable.load_id
            and headings.request = unusable.request
            and headings.fetched_at = unusable.fetched_at
            and headings.quote_currency = unusable.quote_currency
    where headings.quote_currency ~ '^[A-Z]{3}$'
    order by 1, 2, 3, 4, 5 desc

)

select * from answers
