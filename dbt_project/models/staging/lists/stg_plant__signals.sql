{{ config(unique_key=['signal']) }}

with

curated (
    signal,
    unit,
    is_direction,
    lowest,
    highest,
    sentinels,
    sampling_seconds,
    stuck_minutes,
    lowest_coverage
) as (

    values
    ('wind_speed', 'm/s', false, 0.0, 60.0, '{-7999,-9999}', 60, 60, 0.9),
    ('wind_direction', '°', true, 0.0, 360.0, '{-7999,-9999}', 60, 60, 0.9),
    -- a nacelle may stand still for hours, and a yaw count the turns of its cable
    ('nacelle_direction', '°', true, 0.0, 360.0, '{-7999,-9999}', 60, null, 0.9),
    ('nacelle_position', '°', true, 0.0, 360.0, '{-7999,-9999}', 60, null, 0.9),
    ('yaw', '°', true, null, null, '{-7999,-9999}', 60, null, 0.9),
    ('yaw_angle', '°', true, null, null, '{-7999,-9999}', 60, null, 0.9),
    ('yaw_position', '°', true, null, null, '{-7999,-9999}', 60, null, 0.9),
    ('power', 'kW', false, -200.0, 20000.0, '{-7999,-9999}', 60, 60, 0.9),
    ('ambient_temperature', '°C', false, -60, 60, '{-7999,-9999}', 60, 120, 0.9),
    ('instrument_temperature', '°C', false, -60, 90, '{-7999}', 60, 120, 0.9)

),

listed as (

    select
        -- keys
        signal,
        -- attributes
        unit,
        is_direction,
        lowest,
        highest,
        sentinels::double precision[] as sentinels,
        sampling_seconds,
        stuck_minutes,
        lowest_coverage
    from curated

),

states as (

    {{ with_gone('listed', this, ['signal']) }}

),

signals as (

    select
        *,
        now() as updated_at
    from states

)

select * from signals
