{{ config(unique_key=['quarantine', 'record_key']) }}

{# Every quarantine with its system; a new system's are added here. #}
{% set quarantines = {
    'stg_binance__klines__rejected': 'binance',
    'stg_plant__readings__rejected': 'plant',
    'stg_xe__rates__rejected': 'xe',
    'stg_ecb__rates__rejected': 'ecb',
    'stg_loans__rejected': 'loans',
    'stg_coinmarketcap__listings__rejected': 'coinmarketcap',
    'stg_cryptocompare__toplist__rejected': 'cryptocompare',
    'stg_ethereum__token_transfers__rejected': 'ethereum',
    'stg_ethereum__tokens__rejected': 'ethereum',
} %}

with

touched as (

    {% for quarantine in quarantines %}
    {% set all_records = named(ref(quarantine), 'part') %}
    {% set changed_records = changed(ref(quarantine), ['record_key']) %}
    select distinct
        '{{ quarantine }}' as quarantine,
        record_key
    from {{ changed_records ~ ' as part' if is_incremental() else all_records }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

found as (

    {% for quarantine, system in quarantines.items() %}
    select
        '{{ system }}' as system,
        touched.quarantine,
        touched.record_key,
        rejects.rejected_code,
        rejects.reason,
        rejects.load_id,
        rejects.fetched_at,
        rejects.updated_at
    from touched
    left outer join {{ named(ref(quarantine), 'rejects') }}
        on touched.record_key = rejects.record_key
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
        rejected_code,
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
