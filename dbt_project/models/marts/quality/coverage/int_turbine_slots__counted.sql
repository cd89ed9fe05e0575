{#
    Of each turbine and day that changed, how many readings each slot has and wants, as
    many as the quickest sensor takes. A day without any has one row, without a slot.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set samples, signals = ref('stg_plant__readings'), ref('dim_signals') %}
{% set midnight = "::timestamp at time zone 'utc'" %}

with

samples as not materialized (select * from {{ samples }}),

limits as not materialized (select * from {{ ref('stg_plant__signals') }}),

turbine_signals as (

    select distinct
        turbine_id,
        signal
    from {{ signals }}

),

-- whose quickest sensor may be another
relisted as (

    select turbine_id
    from {{ changed(signals, ['turbine_id']) }} as part
    union
    select turbine_signals.turbine_id
    from {{ changed(ref('stg_plant__signals'), ['signal']) }} as part
    inner join turbine_signals on part.signal = turbine_signals.signal

),

turbine_days as (

    select
        turbine_id,
        (read_at at time zone 'utc')::date as read_date
    from {{ changed(samples, ['turbine_id', 'read_at']) }} as part
    union
    -- which may be that of a day on which it took none
    select
        relisted.turbine_id,
        taken.read_date
    from relisted
    cross join
        lateral (
            select distinct (samples.read_at at time zone 'utc')::date as read_date
            from samples
            where samples.turbine_id = relisted.turbine_id
        ) as taken
    -- else all of them are read
    where {{ last_read(samples) }} > 0

),

turbines as (

    select
        turbine_signals.turbine_id,
        min(coalesce(limits.sampling_seconds, 60)) as sampling_seconds
    from turbine_signals
    left outer join limits on turbine_signals.signal = limits.signal
    group by 1

),

windows as (

    select
        turbine_days.turbine_id,
        turbine_days.read_date,
        {{ bucket('taken.read_at', '10 minutes') }} as window_started_at,
        count(distinct taken.read_at) as reading_count,
        min(taken.sampling_seconds) as given_seconds,
        min(taken.read_at) as first_read_at,
        max(taken.read_at) as last_read_at
    from turbine_days
    inner join turbine_signals on turbine_days.turbine_id = turbine_signals.turbine_id
    cross join
        lateral (
            select samples.*
            from samples
            where
                samples.turbine_id = turbine_days.turbine_id
                and samples.signal = turbine_signals.signal
                and samples.read_at >= turbine_days.read_date{{ midnight }}
                and samples.read_at < (turbine_days.read_date + 1){{ midnight }}
        ) as taken
    group by 1, 2, 3

),

-- as some of the day's readings say, else as the list does
sampled as (

    select
        windows.*,
        coalesce(min(windows.given_seconds) over days, turbines.sampling_seconds)
            as sampling_seconds
    from windows
    inner join turbines on windows.turbine_id = turbines.turbine_id
    window days as (partition by windows.turbine_id, windows.read_date)

),

-- ten minutes, or the least that are a whole number of windows and of readings
slotted as (

    select
        sampled.*,
        case
            when 86400 % lcm(600, sampled.sampling_seconds) = 0
                then lcm(600, sampled.sampling_seconds)
            else 600
        end as slot_seconds
    from sampled

),

slots as (

    select
        turbine_days.turbine_id,
        turbine_days.read_date,
        slotted.slot_seconds,
        slotted.sampling_seconds,
        date_bin(
            slotted.slot_seconds * interval '1 second',
            slotted.window_started_at,
            slotted.read_date{{ midnight }}
        ) as slot_started_at,
        ceil(slotted.slot_seconds::numeric / slotted.sampling_seconds)::bigint
            as slot_count,
        sum(slotted.reading_count) as reading_count,
        min(slotted.first_read_at) as first_read_at,
        max(slotted.last_read_at) as last_read_at
    from turbine_days
    left outer join slotted
        on
            turbine_days.turbine_id = slotted.turbine_id
            and turbine_days.read_date = slotted.read_date
    group by 1, 2, 3, 4, 5

)

select * from slots
