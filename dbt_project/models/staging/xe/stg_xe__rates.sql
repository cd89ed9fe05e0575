{{ config(
    unique_key=['base_currency', 'quote_currency', 'quoted_at'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    meta={'version': 2},
) }}

{% set key = ['base_currency', 'quote_currency', 'quoted_at'] %}
{% set listed = ref('stg_currencies') %}

with

{% if is_incremental() or is_rebuilt() %}
listed as not materialized (select * from {{ listed }}),
{% endif %}

rates as (

    select
        -- keys
        base_currency,
        quote_currency,
        quoted_at,
        -- measures
        rate,
        -- attributes: a later pull of the same rate is news, since it wins its day
        fetched_at as pulled_at,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        {{ version() }} as changed_in
    from {{ ref('stg_xe__rates__items') }}
    where reason is null

),

winners as (

    {{ newest_answer('rates', per=key) }}

),

retained as (

    {{ retracting(
        'winners',
        ref('stg_xe__rates__answers'),
        per=['base_currency', 'quote_currency'],
        time='quoted_at',
        columns=[
            'base_currency', 'quote_currency', 'quoted_at', 'rate', 'pulled_at',
            'fetched_at', 'load_id', 'item_position',
        ],
        width='240 hours',
    ) }}

),

{% if is_incremental() or is_rebuilt() %}
-- the rates of a currency that has left the list
delisted as (

    select
        kept.base_currency,
        kept.quote_currency,
        kept.quoted_at
    from {{ changed(listed, ['currency']) }} as entry
    inner join {{ this }} as kept
        on entry.currency in (kept.quote_currency, kept.base_currency)
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
