{{ config(
    unique_key=['block_date', 'transaction_hash', 'log_index'],
    loads_behind="(
        select newest.load_ids
        from {schema}.stg_ethereum__answers as newest
        where
            newest.block_date = {row}.block_date
            and newest.is_whole
            and not newest.is_trial
        order by newest.fetched_at desc, newest.job_id desc
        limit 1
    )",
    lookups=[['transaction_hash', 'log_index']],
    meta={'version': 3},
) }}

{% set key = ['block_date', 'transaction_hash', 'log_index'] %}
{% set newest_answers = ref('stg_ethereum__answers__newest') %}

with

{% if is_incremental() %}
newest_answers as not materialized (select * from {{ newest_answers }}),
{% endif %}

transfers as (

    select
        -- keys
        block_date,
        transaction_hash,
        log_index,
        -- attributes
        token_address,
        from_address,
        to_address,
        block_at,
        block_number,
        block_hash,
        -- measures
        amount_raw
    from {{ ref('stg_ethereum__token_transfers__items') }}
    where reason is null

),

{% if is_incremental() %}
-- what stands of the days of which a newer answer came
stored as (

    select
        kept.block_date,
        kept.transaction_hash,
        kept.log_index
    from newest_answers as newest
    inner join lateral (
        select known.*
        from {{ this }} as known
        where known.block_date = newest.block_date
        -- offset 0: the day's rows alone, by the key's index
        offset 0 -- noqa: AM09
    ) as kept on true

),
{% endif %}

states as (

    {{ with_gone('transfers', 'stored', key) }}

)

select * from states
