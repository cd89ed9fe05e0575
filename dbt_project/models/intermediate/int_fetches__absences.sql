{{ config(unique_key=['system', 'key', 'outcome', 'asked_from', 'asked_to']) }}

{% set fetches = ref('stg_fetches') %}
{% set key = ['system', 'key', 'outcome', 'asked_from', 'asked_to'] %}

with

noted as (

    select distinct {{ key | join(', ') }}
    from {{ changed(fetches, key) }} as noted
    where outcome in ('empty', 'quiet')

),

judged as (

    select
        -- keys
        {{ key | join(', ') }},
        -- lineage
        now() as updated_at,
        case
            when exists (
                select 1
                from {{ named(fetches, 'kept') }}
                where
                    kept.system = noted.system
                    and kept.key = noted.key
                    and kept.outcome = noted.outcome
                    and kept.asked_from = noted.asked_from
                    and kept.asked_to = noted.asked_to
            ) then {{ version() }}
        end as changed_in
    from noted

),

absences as (

    select *
    from judged
    {% if not is_incremental() %}where changed_in is not null{% endif %}

)

select * from absences
