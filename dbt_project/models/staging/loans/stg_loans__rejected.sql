{# A file that can't be used is line 0; why, ingestion may say too. #}
{% set code = "case when item_position = 0 then 'unusable_file' else "
    ~ rejected_code('reason') ~ ' end' %}
{{ config(
    unique_key=['record_key'],
    landed_in="'loans__' || split_part({row}.file_name, '.', 1)",
    fills={'rejected_code': code},
    meta={'version': 3},
) }}

with

{% set files = {
    'borrowers': 'borrower_id', 'loans': 'loan_id',
    'schedules': 'loan_id', 'payments': 'loan_id',
} %}
items as (

    {% for name, key in files.items() %}
    select
        '{{ name }}.csv' as file_name,
        {{ shortened(key) }} as subject_id,
        reason,
        {{ '' if name in ['borrowers', 'loans'] else 'null::jsonb as ' }}unread_fields,
        swapped,
        is_readable,
        item,
        request,
        fetched_at,
        load_id,
        item_position
    from {{ ref('stg_loans__' ~ name ~ '__items') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

suspects as (

    select
        items.*,
        null as field,
        false as is_kept
    from items
    where items.reason is not null
    union all
    select
        items.file_name,
        items.subject_id,
        {{ reason('a field that says no date and no number from 0 to below 1e20') }}
            as reason,
        items.unread_fields,
        items.swapped,
        items.is_readable,
        items.item,
        items.request,
        items.fetched_at,
        items.load_id,
        items.item_position,
        unread.field,
        true as is_kept
    from items
    cross join lateral jsonb_object_keys(items.unread_fields) as unread (field)
    where items.reason is null
    union all
    -- of the file, by its line of headings
    select distinct
        file_name,
        null as subject_id,
        {{ reason('the headings of %s are swapped', "swapped ->> 'kinds'") }} as reason,
        null::jsonb as unread_fields,
        swapped,
        is_readable,
        null::jsonb as item,
        request,
        fetched_at,
        load_id,
        1 as item_position,
        swapped ->> 'field' as field,
        true as is_kept
    from items
    where swapped is not null and is_readable

),

marked as (

    select
        suspects.*,
        suspects.file_name || ' #' || suspects.item_position
        || coalesce(' ' || suspects.field, '') as record_key
    from suspects

),

rejected as (

    select
        record_key,
        file_name,
        subject_id,
        field,
        {{ code }} as rejected_code,
        reason,
        is_kept,
        item,
        request,
        fetched_at,
        load_id,
        item_position,
        now() as updated_at
    from marked

),

{% if is_incremental() %}
stored as (

    select record_key
    from {{ this }}
    where file_name in (select items.file_name from items)

),
{% endif %}

states as (

    {{ with_gone('rejected', 'stored', ['record_key']) }}

)

select * from states
