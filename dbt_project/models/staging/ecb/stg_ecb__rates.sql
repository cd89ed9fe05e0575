{{ config(
    unique_key=['quote_currency', 'rate_date'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    meta={'version': 2},
) }}

{% set listed = ref('stg_currencies') %}

with

{% if is_incremental() or is_rebuilt() %}
listed as not materialized (select * from {{ listed }}),
{% endif %}

rates as (

    select
        -- keys
        quote_currency,
        rate_date,
        -- measures
        rate,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        {{ version() }} as changed_in
    from {{ ref('stg_ecb__rates__items') }}
    where reason is null

),

winners as (

    {{ newest_answer('rates', per=['quote_currency', 'rate_date']) }}

),

retained as (

    {{ retracting(
        'winners',
        ref('stg_ecb__rates__answers'),
        per=['quote_currency'],
        time='rate_date',
        columns=[
            'quote_currency', 'rate_date', 'rate', 'fetched_at', 'load_id',
            'item_position',
        ],
        width='240 hours',
        is_date=true,
        names_unusable=true,
    ) }}

),

-- and the rates of a currency that has left the list, which go
touched as (

    select * from retained
    {% if is_incremental() or is_rebuilt() %}
    union all
    select
        kept.quote_currency,
        kept.rate_date,
        kept.rate,
        kept.fetched_at,
        kept.load_id,
        kept.item_position,
        null as changed_in
    from {{ changed(listed, ['currency']) }} as entry
    inner join {{ this }} as kept
        on entry.currency = kept.quote_currency
    where
        entry.currency not in (
            select listed.currency from listed
        )
    {% endif %}

)

select * from touched
