{{ config(
    unique_key=['turbine_id', 'signal', 'window_started_at'],
    lookups=[['window_started_at']],
) }}

{% set interval = 'coalesce(rolled.sampling_seconds, limits.sampling_seconds, 60)' %}

with

limits as (

    select * from {{ ref('stg_plant__signals') }}

),

turbines as (

    select * from {{ ref('stg_plant__turbines') }}

),

{% if is_incremental() %}
changed_windows as (

    select distinct
        turbine_id,
        signal,
        {{ bucket('read_at', '10 minutes') }} as window_started_at
    from {{ changed(ref('stg_plant__readings'), [
        'turbine_id', 'signal', 'read_at',
    ]) }} as reading

),

-- a reading also decides whether its sensor was stuck in the windows after its own, and
-- the sensor that it may explain
decided_windows as (

    select
        changed_windows.turbine_id,
        decided.signal,
        changed_windows.window_started_at,
        greatest(limits.stuck_minutes, 1) as decided_minutes
    from changed_windows
    cross join
        lateral (
            values
            (changed_windows.signal),
            ({{ explaining_signal('changed_windows.signal') }})
        ) as decided (signal)
    left outer join limits on decided.signal = limits.signal
    where decided.signal is not null

),

relisted as (

    select
        null as turbine_id,
        decided.signal
    from {{ changed(ref('stg_plant__signals'), ['signal']) }} as part
    cross join
        lateral (
            values (part.signal), ({{ explaining_signal('part.signal') }})
        ) as decided (signal)
    where decided.signal is not null
    union
    select
        part.turbine_id,
        decided.signal
    from {{ changed(ref('stg_plant__turbines'), ['turbine_id']) }} as part
    cross join (values ('power'), ('wind_speed')) as decided (signal)

),

touched as (

    select
        decided_windows.turbine_id,
        decided_windows.signal,
        reached.window_started_at
    from decided_windows
    inner join lateral generate_series(
        decided_windows.window_started_at,
        decided_windows.window_started_at
        + (decided_windows.decided_minutes - 1) * interval '1 minute',
        interval '10 minutes'
    ) as reached (window_started_at) on true
    union
    select
        reached.turbine_id,
        relisted.signal,
        reached.window_started_at
    from relisted
    cross join lateral (
        select distinct
            readings.turbine_id,
            {{ bucket('readings.read_at', '10 minutes') }} as window_started_at
        from {{ named(ref('stg_plant__readings'), 'readings') }}
        where
            readings.signal = relisted.signal
            and (readings.turbine_id = relisted.turbine_id) is not false
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
        coalesce(limits.is_direction, false) as is_direction,
        limits.lowest,
        limits.highest,
        limits.stuck_minutes * interval '1 minute' as stuck_time,
        ceil(600.0 / {{ interval }})::bigint as expected_count,
        coalesce(limits.lowest_coverage, 0.9) as lowest_coverage,
        -- one reading repeats nothing
        greatest(
            limits.stuck_minutes * 60 * limits.lowest_coverage / {{ interval }}, 2
        ) as stuck_count,
        {{ explaining_signal('rolled.signal') }} as explaining_signal
    from rolled
    left outer join limits on rolled.signal = limits.signal

),

-- only where all samples are equal are those before them looked up
repeated as (

    select
        expected.*,
        past.is_repeated
    from expected
    cross join lateral (
        select
            min(samples.value) = max(samples.value)
            and count(*) >= expected.stuck_count as is_repeated
        from {{ turbine_samples() }} as samples
        where
            expected.is_constant
            and samples.turbine_id = expected.turbine_id
            and samples.signal = expected.signal
            and samples.read_at >= expected.window_ended_at - expected.stuck_time
            and samples.read_at < expected.window_ended_at
    ) as past

),

-- and only where they are equal, too, is what may explain it
judged as (

    select
        repeated.*,
        coalesce(repeated.is_repeated and not reasons.is_explained, false) as is_stuck
    from repeated
    left outer join turbines on repeated.turbine_id = turbines.turbine_id
    cross join lateral (
        select
            coalesce(
                bool_and({{ explains_plateau(
                    'repeated.signal', 'repeated.min_value',
                    'tenth.explaining_mean', 'turbines'
                ) }}),
                false
            ) as is_explained
        from (
            select
                {{ bucket('samples.read_at', '10 minutes') }} as window_started_at,
                avg(samples.value order by samples.read_at) filter (
                    where samples.signal = repeated.explaining_signal
                ) as explaining_mean
            from {{ turbine_samples() }} as samples
            where
                repeated.is_repeated
                and samples.turbine_id = repeated.turbine_id
                and samples.signal
                = any(array[repeated.signal, repeated.explaining_signal])
                and samples.read_at >= repeated.window_ended_at - repeated.stuck_time
                and samples.read_at < repeated.window_ended_at
            group by 1
            having count(*) filter (where samples.signal = repeated.signal) > 0
        ) as tenth
    ) as reasons

),

measured as (

    select
        judged.*,
        {{ circular_mean('mean_sine', 'mean_cosine') }} as circular_mean_value,
        case
            when judged.sample_count = 1 or judged.mean_sine is null then null
            when judged.is_constant then 0
            else {{ circular_std('mean_sine', 'mean_cosine') }}
        end as circular_std_value
    from judged

),

windows as (

    select
        -- keys
        turbine_id,
        signal,
        window_started_at,
        -- measures
        case
            when is_direction then circular_mean_value
            else least(max_value, greatest(min_value, mean_value))
        end as mean_value,
        case when not is_direction then min_value end as min_value,
        case when not is_direction then max_value end as max_value,
        case
            when is_direction then circular_std_value
            when sample_count > 1 and is_constant then 0
            else std_value
        end as std_value,
        sample_count,
        expected_count,
        least(sample_count::double precision / expected_count, 1) as coverage,
        circular_mean_value,
        circular_std_value,
        -- flags
        coalesce(min_value < lowest or max_value > highest, false) as is_out_of_range,
        is_stuck,
        sample_count < expected_count * lowest_coverage as is_incomplete,
        -- lineage
        now() as updated_at,
        case when sample_count > 0 then {{ version() }} end as changed_in
    from measured

)

select * from windows
