{{ config(
    materialized='incremental',
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
) }}

with

suspects as (

    select
        coalesce(
            (item -> 'f' -> 0 ->> 'v') || ' ' || (item -> 'f' -> 6 ->> 'v'),
            (request::jsonb - 'job')::text || ' #' || item_position
        ) as record_key,
        token_address,
        block_number,
        reason,
        item,
        request,
        fetched_at,
        load_id,
        item_position
    from {{ ref('stg_ethereum__tokens__items') }}
    where reason is not null

),

rejected as (

    {{ unresolved(
        'suspects',
        good=ref('stg_ethereum__tokens'),
        per=['token_address', 'block_number']
    ) }}

)

select * from rejected
