{{ config(
    unique_key=['record_key'],
    fills={'rejected_code': rejected_code('reason')},
    meta={'version': 3},
) }}

{% set newest_answers = ref('stg_ethereum__answers__newest') %}

with

{% if is_incremental() %}
newest_answers as not materialized (select * from {{ newest_answers }}),
{% endif %}

answers as (

    select *
    from {{ ref('stg_ethereum__answers') }}
    where not is_trial

),

touched as (

    select distinct answers.block_date
    from {{ changed(ref('stg_ethereum__answers'), ['job_id']) }} as part
    inner join answers on part.job_id = answers.job_id

),

-- of a day, those newer than the newest whole one
incomplete_answers as (

    select answers.*
    from touched
    inner join answers on touched.block_date = answers.block_date
    where
        not exists (
            select 1
            from answers as whole
            where
                whole.block_date = answers.block_date
                and whole.is_whole
                and (whole.fetched_at, whole.job_id)
                >= (answers.fetched_at, answers.job_id)
        )

),

rejects as materialized (

    select
        concat_ws(
            ' ',
            block_date,
            left(transaction_hash, 66),
            left(index_text, 9),
            '#' || item_position
        ) as record_key,
        block_date,
        coalesce(reason, fault) as reason,
        coalesce(item, ('{"f":[{"v":"' || row_text || '"}]}')::jsonb) as item,
        request,
        fetched_at,
        load_id,
        item_position
    from {{ ref('stg_ethereum__token_transfers__items') }}
    where coalesce(reason, fault) is not null
    union all
    select
        block_date || ' ' || job_id as record_key,
        block_date,
        {{ reason(
            'not a whole answer: %s rows of %s',
            'row_count',
            "coalesce(announced_count::text, 'nobody knows how many')"
        ) }} as reason,
        null as item,
        jsonb_build_object('job', job_id)::text as request,
        fetched_at,
        load_ids[cardinality(load_ids)] as load_id,
        0 as item_position
    from incomplete_answers

),

-- and those that a newer answer has resolved, which go
days as (

    select
        rejects.*,
        true as is_open
    from rejects
    {% if is_incremental() %}
    union all
    select
        kept.record_key,
        kept.block_date,
        kept.reason,
        kept.item,
        kept.request,
        kept.fetched_at,
        kept.load_id,
        kept.item_position,
        false as is_open
    from {{ this }} as kept
    inner join touched on kept.block_date = touched.block_date
    where
        (
            kept.item_position = 0
            or kept.block_date in (
                select newest.block_date
                from newest_answers as newest
            )
        )
        and not exists (
            select 1
            from rejects
            where rejects.record_key = kept.record_key
        )
    {% endif %}

),

rejected as (

    select
        -- keys
        record_key,
        -- attributes
        block_date,
        {{ rejected_code('reason') }} as rejected_code,
        reason,
        item,
        request,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        now() as updated_at,
        case when is_open then {{ version() }} end as changed_in
    from days

)

select * from rejected
