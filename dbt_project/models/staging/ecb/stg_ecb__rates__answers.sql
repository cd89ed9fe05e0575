{{ config(
    unique_key=['quote_currency', 'fetched_at', 'load_id', 'covers_from'],
    meta={'version': 2},
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

-- a currency that has no rate in a file is not in it
currencies as (

    select
        load_id,
        request,
        fetched_at,
        quote_currency,
        array_agg(rate_date{{ at_midnight }}) filter (where reason is not null)
            as unusable_at
    from items
    where quote_currency ~ '^[A-Z]{3}$'
    group by 1, 2, 3, 4

),

answers as (

    select distinct on (
        currencies.quote_currency,
        currencies.fetched_at,
        currencies.load_id,
        covers_from
    )
        -- keys
        currencies.quote_currency,
        currencies.fetched_at,
        currencies.load_id,
        files.first_date{{ at_midnight }} as covers_from,
        -- measures
        (files.last_date + 1){{ at_midnight }} as covers_to,
        -- attributes
        currencies.unusable_at,
        currencies.request,
        {{ version() }} as changed_in
    from currencies
    inner join files
        on
            currencies.load_id = files.load_id
            and currencies.request = files.request
            and currencies.fetched_at = files.fetched_at
    order by 1, 2, 3, 4, 5 desc

)

select * from answers
