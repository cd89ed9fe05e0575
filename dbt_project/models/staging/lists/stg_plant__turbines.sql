{{ config(unique_key=['turbine_id']) }}

with

listed (
    turbine_id,
    rated_power_kw,
    cut_in_speed,
    rated_speed,
    cut_out_speed
) as (

    values
    ('T01', 2050.0, 3.0, 12.0, 25.0),
    ('T02', 2050.0, 3.0, 12.0, 25.0)

),

turbines as (

    select
        -- keys
        turbine_id,
        -- attributes
        rated_power_kw,
        cut_in_speed,
        rated_speed,
        cut_out_speed,
        -- lineage
        {{ version() }} as changed_in
    from listed
    {% if is_incremental() %}
    union all
    select
        kept.turbine_id,
        kept.rated_power_kw,
        kept.cut_in_speed,
        kept.rated_speed,
        kept.cut_out_speed,
        null as changed_in
    from {{ this }} as kept
    where kept.turbine_id not in (select listed.turbine_id from listed)
    {% endif %}

)

select * from turbines
