{{ config(
    unique_key=['token_address', 'block_number'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    meta={'version': 2},
) }}

with

tokens as (

    select
        -- keys
        token_address,
        block_number,
        -- attributes
        token_symbol,
        token_name,
        decimals,
        total_supply,
        block_at,
        array(select jsonb_object_keys(faults)) as rejected_fields,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        {{ version() }} as changed_in
    from {{ ref('stg_ethereum__tokens__items') }}
    where reason is null

),

winners as (

    {{ newest_answer('tokens', per=['token_address', 'block_number']) }}

)

select * from winners
