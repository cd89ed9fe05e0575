{#
    Every rate in the pages that this build reads, one row per page and place in it,
    typed and judged: what the tables of winners and of rejects are drawn from.
#}
{{ config(materialized='ephemeral', access='private') }}

with

currencies as not materialized (select * from {{ ref('stg_currencies') }}),

-- materialized: each page is judged once
pages as materialized (

    select
        arrived._dlt_load_id as load_id,
        arrived.request,
        arrived.fetched_at,
        coalesce(arrived.answered_at, arrived.fetched_at) as known_at,
        {{ json_body('arrived.payload') }} as body
    from {{ rates_to_read(source('raw', 'xe__rates')) }} as arrived

),

items as (

    select
        pages.*,
        parts.*
    from pages
    -- the macro says the time once, for which it needs a subquery
    cross join lateral {{ xe_rates('pages.body') }} as parts -- noqa: ST05

),

readable as (

    select
        items.*,
        case
            when items.item_position = 0
                then {{ reason('not readable as a page of rates') }}
            when items.quote_currency ~ '^[A-Z]{3}$' is not true
                then {{ reason('no code of a currency') }}
            when items.quoted_at is null then {{ reason('no time') }}
            when
                coalesce(jsonb_typeof(items.item -> 'mid'), '') != 'number'
                or ({{ number_of("items.item -> 'mid'") }}) is null
                then {{ reason('not a number where one belongs') }}
            when
                coalesce(jsonb_typeof(items.body -> 'amount'), '') != 'number'
                or ({{ number_of("items.body -> 'amount'") }}) is null
                then {{ reason('no amount that the rate is for') }}
        end as unreadable
    from items
    -- offset 0: judged once, though each cast below asks
    offset 0 -- noqa: AM09

),

typed as (

    select
        readable.*,
        readable.body ->> 'from' as base_currency,
        case
            when readable.unreadable is null
                then {{ number_of("readable.item -> 'mid'") }}
        end as mid,
        case
            when readable.unreadable is null
                then {{ number_of("readable.body -> 'amount'") }}
        end as amount
    from readable
    offset 0 -- noqa: AM09

),

bounded as (

    select
        typed.*,
        coalesce(
            {{ beyond('rate', ['typed.mid']) }},
            {{ beyond('unit', ['typed.amount']) }}
        ) as beyond
    from typed
    offset 0 -- noqa: AM09

),

judged as (

    select
        -- keys
        bounded.base_currency,
        bounded.quote_currency,
        bounded.quoted_at,
        -- measures
        case
            when bounded.mid > 0 and bounded.amount > 0 and bounded.beyond is null
                then trim_scale(bounded.mid / bounded.amount)
        end as rate,
        -- lineage
        bounded.fetched_at,
        bounded.known_at,
        bounded.load_id,
        bounded.item_position,
        bounded.request,
        bounded.item,
        case
            when bounded.unreadable is not null then bounded.unreadable
            when quotes.currency is null or bases.currency is null
                then {{ reason('an unknown currency') }}
            when bounded.quoted_at > bounded.known_at then {{ reason('in the future') }}
            when bounded.mid <= 0 then {{ reason('a rate of zero or less') }}
            when bounded.amount <= 0 then {{ reason('no amount that the rate is for') }}
            else bounded.beyond
        end as own_reason
    from bounded
    left outer join currencies as quotes
        on bounded.quote_currency = quotes.currency
    left outer join currencies as bases
        on bounded.base_currency = bases.currency

),

reasoned as (

    select
        *,
        {{ reason_among_twins(
            key=['base_currency', 'quote_currency', 'quoted_at'],
            position='item_position desc',
            value='rate',
        ) }} as reason
    from judged

)

select * from reasoned
