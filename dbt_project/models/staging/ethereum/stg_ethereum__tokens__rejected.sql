{# A sentence stands behind its field. #}
{% set sentence = "replace(reason, field || ': ', '')" %}
{{ config(
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    fills={'rejected_code': rejected_code(sentence)},
    meta={'version': 2},
) }}

{# A field is resolved by an answer as new that has no fault in it. #}
{% set good %}
    (
        select
            tokens.*,
            known.field
        from tokens
        cross join
            unnest(array[
                'row', 'symbol', 'name', 'decimals', 'total_supply', 'block_timestamp'
            ]) as known (field)
        where not known.field = any(tokens.rejected_fields)
    ) as fields
{% endset %}

with

tokens as not materialized (select * from {{ ref('stg_ethereum__tokens') }}),

items as not materialized (select * from {{ ref('stg_ethereum__tokens__items') }}),

faulty as (

    select
        items.*,
        coalesce(
            left(items.item -> 'f' -> 0 ->> 'v', 100)
            || coalesce(' ' || left(items.item -> 'f' -> 6 ->> 'v', 20), ''),
            (items.request::jsonb - 'job')::text || ' #' || items.item_position
        ) as row_key,
        case
            when items.reason is null then items.faults - 'row'
            else jsonb_build_object('row', items.reason)
        end as complaints
    from items

),

suspects as (

    select
        concat_ws(' ', faulty.row_key, nullif(fault.field, 'row')) as record_key,
        faulty.token_address,
        faulty.block_number,
        fault.field,
        concat_ws(': ', nullif(fault.field, 'row'), fault.complaint) as reason,
        faulty.item,
        faulty.request,
        faulty.fetched_at,
        faulty.load_id,
        faulty.item_position
    from faulty
    cross join lateral jsonb_each_text(faulty.complaints) as fault (field, complaint)

),

rejected as (

    {{ open_rejects(
        'suspects',
        good=good,
        per=['token_address', 'block_number', 'field'],
        sentence=sentence
    ) }}

)

select * from rejected
