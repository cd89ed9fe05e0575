{{ config(
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    fills={'rejected_code': rejected_code('reason')},
    meta={'version': 3},
) }}

{% set twin %}
case when reason = {{ said_otherwise() }} then ' #' || item_position else '' end
{% endset %}

{% set key = ['quote_currency', 'rate_date'] %}
{% set good = ref('stg_ecb__rates') %}

with

items as (

    select
        quote_currency,
        rate_date,
        rate,
        reason,
        to_jsonb(item_text) as item,
        request,
        fetched_at,
        load_id,
        item_position
    from {{ ref('stg_ecb__rates__items') }}

),

unused as (

    {{ unused('items', good, key, ['rate']) }}

),

retracted as (

    {{ retracted_records(
        'unused',
        good,
        ref('stg_ecb__rates__answers'),
        per=['quote_currency'],
        time='rate_date',
        type='date',
    ) }}

),

suspects as (

    select
        case
            when quote_currency ~ '^[A-Z]{3}$' and rate_date is not null
                then
                    quote_currency || ' ' || to_char(rate_date, 'YYYY-MM-DD')
                    || {{ twin }}
            else
                load_id || ' ' || {{ shortened('request', 300) }}
                || ' #' || item_position
                || coalesce(' ' || left(quote_currency, 80), '')
        end as record_key,
        left(quote_currency, 80) as quote_currency,
        rate_date,
        reason,
        item,
        request,
        fetched_at,
        load_id,
        item_position
    from (
        select * from unused
        where reason != {{ taken_back() }}
        union all
        select * from retracted
    ) as suspected

),

rejected as (

    {{ open_rejects(
        'suspects',
        good=good,
        per=key
    ) }}

)

select * from rejected
