{# Nothing here can be read again once raw has lost its loads, so no full refresh. #}
{{ config(
    unique_key=['load_id'],
    lookups=[['system', 'loaded_at']],
    full_refresh=false,
) }}

with

-- a run that was killed while it noted a load may have noted it twice
loads as (

    select
        -- keys
        load_id::text as load_id,
        -- attributes
        min(schema_name)::text as system,
        case
            when load_id ~ '^[0-9]{1,10}([.][0-9]+)?$'
                then to_timestamp(load_id::double precision)
        end as started_at,
        min(inserted_at) as loaded_at,
        -- lineage
        {{ version() }} as changed_in
    from {{ source('raw', '_dlt_loads') }}
    where load_id in {{ arrived_loads() }}
    group by 1, 3

)

select * from loads
