{{ config(
    unique_key=['turbine_id', 'signal', 'window_started_at'],
    lookups=[['window_started_at']],
) }}

with

limits as (

    select * from {{ ref('stg_plant__signals') }}

),

{% if is_incremental() %}
changed_windows as (

    select distinct
        reading.turbine_id,
        reading.signal,
        {{ bucket('reading.read_at', '10 minutes') }} as window_started_at,
        greatest(limits.stuck_minutes, 1) as decided_minutes
    from {{ changed(ref('stg_plant__readings'), {
        'turbine_id': 'text', 'signal': 'text', 'read_at': 'timestamptz',
    }) }} as reading
    left outer join limits on reading.signal = limits.signal

),

-- a reading also decides whether the sensor was stuck in the windows after its own
touched as (

    select
        changed_windows.turbine_id,
        changed_windows.signal,
        reached.window_started_at
    from changed_windows
    inner join lateral generate_series(
        changed_windows.window_started_at,
        changed_windows.window_started_at
        + (changed_windows.decided_minutes - 1) * interval '1 minute',
        interval '10 minutes'
    ) as reached (window_started_at) on true
    union
    select
        reached.turbine_id,
        relisted.signal,
        reached.window_started_at
    from {{ changed(ref('stg_plant__signals'), {'signal': 'text'}) }} as relisted
    cross join lateral (
        select distinct
            readings.turbine_id,
            {{ bucket('readings.read_at', '10 minutes') }} as window_started_at
        from {{ named(ref('stg_plant__readings'), 'readings') }}
        where readings.signal = relisted.signal
    ) as reached

),

rolled as (

    select
        touched.turbine_id,
        touched.signal,
        touched.window_started_at,
        said.*
    from touched
    cross join lateral (
        select {{ turbine_statistics() }}
        from {{ turbine_samples() }} as samples
        where
            samples.turbine_id = touched.turbine_id
            and samples.signal = touched.signal
            and samples.read_at >= touched.window_started_at
            and samples.read_at < touched.window_started_at + interval '10 minutes'
    ) as said

),
{% else %}
rolled as (

    select
        samples.turbine_id,
        samples.signal,
        {{ bucket('samples.read_at', '10 minutes') }} as window_started_at,
        {{ turbine_statistics() }}
    from {{ turbine_samples() }} as samples
    group by 1, 2, 3

),
{% endif %}

expected as (

    select
        rolled.*,
        rolled.window_started_at + interval '10 minutes' as window_ended_at,
        rolled.min_value = rolled.max_value as is_constant,
        limits.lowest,
        limits.highest,
        limits.stuck_minutes * interval '1 minute' as stuck_time,
        ceil(600.0 / coalesce(limits.sampling_seconds, 60))::bigint as expected_count,
        coalesce(limits.lowest_coverage, 0.9) as lowest_coverage,
        limits.stuck_minutes * 60 * limits.lowest_coverage / limits.sampling_seconds
            as stuck_count
    from rolled
    left outer join limits on rolled.signal = limits.signal

),

-- only where all samples are equal are those before them looked up
judged as (

    select
        expected.*,
        past.is_stuck
    from expected
    cross join lateral (
        select
            min(samples.value) = max(samples.value)
            and count(*) >= expected.stuck_count as is_stuck
        from {{ turbine_samples() }} as samples
        where
            expected.is_constant
            and samples.turbine_id = expected.turbine_id
            and samples.signal = expected.signal
            and samples.read_at >= expected.window_ended_at - expected.stuck_time
            and samples.read_at < expected.window_ended_at
    ) as past

),

windows as (

    select
        -- keys
        turbine_id,
        signal,
        window_started_at,
        -- measures
        least(max_value, greatest(min_value, mean_value)) as mean_value,
        min_value,
        max_value,
        case when sample_count = 1 or not is_constant then std_value else 0 end
            as std_value,
        sample_count,
        expected_count,
        least(sample_count::double precision / expected_count, 1) as coverage,
        {{ circular_mean('mean_sine', 'mean_cosine') }} as circular_mean_value,
        case
            when sample_count = 1 or mean_sine is null then null
            when is_constant then 0
            else {{ circular_std('mean_sine', 'mean_cosine') }}
        end as circular_std_value,
        -- flags
        coalesce(min_value < lowest or max_value > highest, false) as is_out_of_range,
        coalesce(is_stuck, false) as is_stuck,
        sample_count < expected_count * lowest_coverage as is_incomplete,
        -- lineage
        now() as updated_at,
        case when sample_count > 0 then {{ version() }} end as changed_in
    from judged

)

select * from windows
