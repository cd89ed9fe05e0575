{#
    The newest whole answers that are to be read by this build, one row per day of
    transfers that is to be replaced: those that are new, and those that have become the
    newest, since a late page made another one of no use.
#}
{{ config(materialized='ephemeral', access='private') }}

with

answers as (

    select *
    from {{ ref('stg_ethereum__answers') }}
    where not is_trial

),

touched as (

    select answers.*
    from answers
    where
        answers.job_id in (
            select part.job_id
            from {{ changed(ref('stg_ethereum__answers'), ['job_id']) }} as part
        )

),

newest as (

    select distinct on (asked_days.block_date)
        whole.job_id,
        asked_days.block_date,
        whole.load_ids,
        whole.fetched_at
    from (select distinct touched.block_date from touched) as asked_days
    left outer join answers as whole
        on
            asked_days.block_date = whole.block_date
            and whole.is_whole
    order by -- noqa: AM06
        asked_days.block_date asc,
        whole.fetched_at desc,
        whole.job_id desc

),

-- one that was read stays as it is, unless a page has made another one of no use
unread as (

    select newest.*
    from newest
    where
        newest.job_id is null
        or exists (
            select 1
            from touched
            where
                touched.block_date = newest.block_date
                and (touched.job_id = newest.job_id or not touched.is_whole)
        )

)

select * from unread
