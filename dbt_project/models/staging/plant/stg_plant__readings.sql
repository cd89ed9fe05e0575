{{ config(
    unique_key=['turbine_id', 'signal', 'read_at'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    meta={'version': 2},
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

),

retained as (

    {{ retracting(
        'winners',
        ref('stg_plant__readings__answers'),
        per=['turbine_id', 'signal'],
        time='read_at',
        columns=[
            'turbine_id', 'signal', 'read_at', 'value', 'sampling_seconds', 'fetched_at',
            'load_id', 'item_position',
        ],
        width='24 hours',
        names_unusable=true,
    ) }}

)

select * from retained
