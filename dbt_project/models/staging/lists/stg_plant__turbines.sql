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

states as (

    {{ with_gone('listed', this, ['turbine_id']) }}

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
        changed_in
    from states

)

select * from turbines
