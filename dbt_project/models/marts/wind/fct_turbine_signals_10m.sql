{{ config(
    unique_key=['turbine_id', 'signal', 'window_started_at'],
    lookups=[['window_started_at']],
) }}

{% set interval = 'coalesce(rolled.sampling_seconds, limits.sampling_seconds, 60)' %}

with

limits as not materialized (select * from {{ ref('stg_plant__signals') }}),

{% if is_incremental() %}
touched as (

    select * from {{ touched_windows() }} as part

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

judged as (

    {{ stuck_windows('expected') }}

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
