{{ config(materialized='incremental', unique_key=['file_name']) }}

with

found as (

    {% for name in ['borrowers', 'loans', 'schedules', 'payments'] %}
    select *
    from {{ file_in_use(
        source('raw', 'loans__' ~ name),
        name ~ '.csv',
        known=this if is_incremental() else none,
    ) }} as file
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

files as (

    select
        -- keys
        file_name,
        -- the file that is used, and how it is read
        load_id,
        fetched_at,
        changed_at,
        request,
        separator,
        names,
        fields,
        swapped,
        decimal_mark,
        date_order,
        -- the newest one
        newest_load_id,
        newest_fetched_at,
        newest_request,
        unusable,
        unusable is not null as is_stale,
        -- lineage
        now() as updated_at,
        {{ version() }} as changed_in
    from found

)

select * from files
