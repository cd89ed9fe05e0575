{{ config(unique_key=['quarantine', 'record_key'], lookups=[['system', 'rejected_at']]) }}

{# Every quarantine with its system; a new system's are added here. #}
{% set quarantines = {
    'stg_binance__klines__rejected': 'binance',
    'stg_plant__readings__rejected': 'plant',
    'stg_xe__rates__rejected': 'xe',
    'stg_ecb__rates__rejected': 'ecb',
    'stg_loans__rejected': 'loans',
} %}

with

touched as (

    {% for quarantine in quarantines %}
    select distinct
        '{{ quarantine }}' as quarantine,
        record_key
    {% if is_incremental() %}
    from {{ changed(ref(quarantine), {'record_key': 'text'}) }} as part
    {% else %}
    from {{ ref(quarantine) }}
    {% endif %}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

found as (

    {% for quarantine, system in quarantines.items() %}
    select
        '{{ system }}' as system,
        touched.quarantine,
        touched.record_key,
        reject.reason,
        reject.load_id,
        reject.fetched_at,
        reject.updated_at
    from touched
    left outer join {{ named(ref(quarantine), 'reject') }}
        on touched.record_key = reject.record_key
    where touched.quarantine = '{{ quarantine }}'
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

rejected as (

    select
        -- keys
        system,
        quarantine,
        record_key,
        -- attributes
        reason,
        load_id,
        updated_at as rejected_at,
        fetched_at,
        -- lineage
        now() as updated_at,
        case when reason is not null then {{ version() }} end as changed_in
    from found

)

select * from rejected
