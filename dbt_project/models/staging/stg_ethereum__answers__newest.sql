{{ config(materialized='ephemeral') }}

with

whole as (

    select *
    from {{ ref('stg_ethereum__answers') }}
    where is_whole and not is_trial

),

newest as (

    select
        whole.job_id,
        whole.block_date,
        whole.load_ids,
        whole.fetched_at
    from whole
    where
        whole.job_id in (
            select touched.job_id
            from {{ changed(ref('stg_ethereum__answers'), {
                'job_id': 'text',
            }) }} as touched
        )
        and not exists (
            select 1
            from whole as newer
            where
                newer.block_date = whole.block_date
                and (newer.fetched_at, newer.job_id) > (whole.fetched_at, whole.job_id)
        )

)

select * from newest
