{{ config(
    materialized='incremental',
    unique_key=['turbine_id', 'signal', 'read_at'],
    lineage=['fetched_at', 'load_id', 'item_position'],
) }}

with

readings as (

    select
        -- keys
        turbine_id,
        signal,
        read_at,
        -- measures
        value,
        -- attributes
        sampling_seconds,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        {{ version() }} as changed_in
    from {{ ref('stg_plant__readings__items') }}
    where reason is null

),

winners as (

    {{ newest_answer('readings', per=['turbine_id', 'signal', 'read_at']) }}

)

select * from winners
