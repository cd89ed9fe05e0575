{{ config(
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    fills={'rejected_code': rejected_code('reason')},
    meta={'version': 3},
) }}

{% set twin %}
case when reason = {{ said_otherwise() }} then ' #' || item_position else '' end
{% endset %}

{% set key = ['base_currency', 'quote_currency', 'quoted_at'] %}
{% set good = ref('stg_xe__rates') %}

with

unused as (

    {{ unused(ref('stg_xe__rates__items'), good, key, ['rate']) }}

),

retracted as (

    {{ retracted_records(
        'unused',
        good,
        ref('stg_xe__rates__answers'),
        per=['base_currency', 'quote_currency'],
        time='quoted_at',
    ) }}

),

suspects as (

    select
        case
            when
                base_currency ~ '^[A-Z]{3}$'
                and quote_currency ~ '^[A-Z]{3}$'
                and quoted_at is not null
                then
                    base_currency || quote_currency
                    || to_char(quoted_at at time zone 'utc', ' YYYY-MM-DD HH24:MI:SS')
                    || {{ twin }}
            else
                load_id || ' ' || {{ shortened('request', 400) }}
                || ' #' || item_position
        end as record_key,
        left(base_currency, 3) as base_currency,
        left(quote_currency, 3) as quote_currency,
        quoted_at,
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
