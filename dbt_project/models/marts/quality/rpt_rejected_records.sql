{{ config(unique_key=['quarantine', 'record_key']) }}

{# Every quarantine with its system: one a raw table, but one of the whole loan book. #}
{% set quarantines = {} %}
{% for table in raw_tables().split() %}
{% set system = table.split('__')[0] %}
{% set judged = system if system == 'loans' else table %}
{% do quarantines.update({'stg_' ~ judged ~ '__rejected': system}) %}
{% endfor %}

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
