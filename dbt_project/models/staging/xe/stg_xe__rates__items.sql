{#
    Every rate in the pages that this build reads, one row per page and place in it,
    typed and judged: what the tables of winners and of rejects are drawn from.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set time = '^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z$' %}

with

-- materialized: each page is judged once
pages as materialized (

    select
        arrived._dlt_load_id as load_id,
        arrived.request,
        arrived.fetched_at,
        coalesce(arrived.answered_at, arrived.fetched_at) as known_at,
        {{ json_body('arrived.payload') }} as body
    from (
        select * from {{ newly_arrived(source('raw', 'xe__rates')) }} as recent
        union all
        select * from {{ read_before(
            source('raw', 'xe__rates'), ref('stg_currencies'), 'currency'
        ) }} as earlier
    ) as arrived

),

-- the rates of one moment are a list, those of a period a list for each currency
answers as (

    select
        pages.*,
        pages.body -> 'to' as rates,
        jsonb_typeof(pages.body -> 'to') as form
    from pages

),

moments as (

    select
        answers.*,
        rate.item,
        rate.item_position
    from answers
    cross join lateral jsonb_array_elements(
        case when answers.form = 'array' then answers.rates end
    ) with ordinality as rate (item, item_position)

),

series as (

    select
        answers.*,
        entry.quote_currency,
        entry.place,
        case
            when jsonb_typeof(entry.items) = 'array' then entry.items
            else jsonb_build_array(entry.items)
        end as items
    from answers
    cross join lateral jsonb_each(
        case when answers.form = 'object' then answers.rates end
    ) with ordinality as entry (quote_currency, items, place)

),

points as (

    select
        series.*,
        rate.item,
        rate.item_position
    from series
    cross join lateral jsonb_array_elements(
        series.items
    ) with ordinality as rate (item, item_position)

),

items as (

    select
        load_id,
        request,
        fetched_at,
        known_at,
        body,
        item,
        item_position,
        item ->> 'quotecurrency' as quote_currency,
        body ->> 'timestamp' as quoted_text
    from moments
    union all
    select
        load_id,
        request,
        fetched_at,
        known_at,
        body,
        item,
        place * 100000 + item_position as item_position,
        quote_currency,
        item ->> 'timestamp' as quoted_text
    from points
    union all
    select
        load_id,
        request,
        fetched_at,
        known_at,
        body,
        null as item,
        0 as item_position,
        null as quote_currency,
        null as quoted_text
    from answers
    where form in ('array', 'object') is not true

),

readable as (

    select
        items.*,
        case
            when items.item_position = 0
                then {{ reason('not readable as a page of rates') }}
            when items.quote_currency ~ '^[A-Z]{3}$' is not true
                then {{ reason('no code of a currency') }}
            when
                items.quoted_text ~ '{{ time }}' is not true
                or not pg_input_is_valid(items.quoted_text, 'timestamptz')
                then {{ reason('no time') }}
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
            when
                pg_input_is_valid(readable.quoted_text, 'timestamptz')
                and readable.quoted_text ~ '{{ time }}'
                then readable.quoted_text::timestamptz
        end as quoted_at,
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
        end as reason
    from bounded
    left outer join {{ named(ref('stg_currencies'), 'quotes') }}
        on bounded.quote_currency = quotes.currency
    left outer join {{ named(ref('stg_currencies'), 'bases') }}
        on bounded.base_currency = bases.currency

),

reasoned as (

    select
        base_currency,
        quote_currency,
        quoted_at,
        rate,
        fetched_at,
        known_at,
        load_id,
        item_position,
        request,
        item,
        {{ reason_among_twins(
            key=['base_currency', 'quote_currency', 'quoted_at'],
            position='item_position desc',
            value='rate',
        ) }} as reason
    from judged

)

select * from reasoned
