{{ config(
    unique_key=['quote_currency', 'rate_date'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    meta={'version': 2},
) }}

{% set key = ['quote_currency', 'rate_date'] %}
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

    {{ newest_answer('rates', per=key) }}

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

{% if is_incremental() or is_rebuilt() %}
-- the rates of a currency that has left the list
delisted as (

    select
        kept.quote_currency,
        kept.rate_date
    from {{ changed(listed, ['currency']) }} as entry
    inner join {{ this }} as kept
        on entry.currency = kept.quote_currency
    where
        entry.currency not in (
            select listed.currency from listed
        )

),
{% endif %}

touched as (

    {% if is_incremental() or is_rebuilt() %}
    {{ with_keys('retained', 'delisted', key) }}
    {% else %}
    select * from retained
    {% endif %}

)

select * from touched
