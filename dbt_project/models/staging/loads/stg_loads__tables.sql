{# Nothing here can be read again once raw has lost its pages, so no full refresh. #}
{{ config(
    unique_key=['load_id', 'table_name'],
    landed_in='{row}.table_name',
    lookups=[['table_name', 'loaded_at']],
    full_refresh=false,
) }}

with

landed as (

    {% for table in raw_tables().split() %}
    select
        _dlt_load_id as load_id,
        '{{ table }}' as table_name,
        count(*) as row_count,
        count(*) as page_count,
        sum(octet_length(payload))::bigint as payload_bytes
    from {{ newly_arrived(source('raw', table)) }} as arrived
    group by 1
    union all
    {% endfor %}
    select
        load_id,
        table_name,
        count(*) as row_count,
        0 as page_count,
        0 as payload_bytes
    from {{ ref('stg_fetches__items') }}
    group by 1, 2

),

loads as (

    select
        load_id,
        min(inserted_at) as loaded_at
    from {{ source('raw', '_dlt_loads') }}
    where load_id in {{ arrived_loads() }}
    group by 1

),

tables as (

    select
        -- keys
        landed.load_id,
        landed.table_name,
        -- measures
        landed.row_count,
        landed.page_count,
        landed.payload_bytes,
        -- attributes
        loads.loaded_at,
        -- lineage
        {{ version() }} as changed_in
    from landed
    inner join loads on landed.load_id = loads.load_id

)

select * from tables
