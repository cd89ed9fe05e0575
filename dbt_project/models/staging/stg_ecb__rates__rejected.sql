{{ config(
    materialized='incremental',
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    meta={'version': 2},
) }}

{% set twin %}
case when reason = {{ said_otherwise() }} then ' #' || item_position else '' end
{% endset %}

with

suspects as (

    select
        case
            when quote_currency ~ '^[A-Z]{3}$' and rate_date is not null
                then
                    quote_currency || ' ' || to_char(rate_date, 'YYYY-MM-DD')
                    || {{ twin }}
            else
                load_id || ' ' || request || ' #' || item_position
                || coalesce(' ' || left(quote_currency, 80), '')
        end as record_key,
        left(quote_currency, 80) as quote_currency,
        rate_date,
        reason,
        to_jsonb(item_text) as item,
        request,
        fetched_at,
        load_id,
        item_position
    from {{ ref('stg_ecb__rates__items') }}
    where reason is not null

),

rejected as (

    {{ unresolved(
        'suspects',
        good=ref('stg_ecb__rates'),
        per=['quote_currency', 'rate_date']
    ) }}

)

select * from rejected
