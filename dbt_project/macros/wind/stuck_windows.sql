{#
    Windows of 10 minutes, each with whether its sensor is stuck in it, `is_stuck`: all
    samples of so long before its end are the same, at least as many as that takes, and
    nothing explains it. A query.

    `windows` has turbine_id, signal, window_ended_at, min_value, is_constant,
    stuck_time, stuck_count and explaining_signal.
#}
{% macro stuck_windows(windows) -%}
    with

    -- only where all samples are equal are those before them looked up
    repeated as (

        select
            windows.*,
            past.is_repeated
        from {{ windows }} as windows
        cross join lateral (
            select
                min(samples.value) = max(samples.value)
                and count(*) >= windows.stuck_count as is_repeated
            from {{ turbine_samples() }} as samples
            where
                windows.is_constant
                and samples.turbine_id = windows.turbine_id
                and samples.signal = windows.signal
                and samples.read_at >= windows.window_ended_at - windows.stuck_time
                and samples.read_at < windows.window_ended_at
        ) as past

    )

    -- and only where they are equal, too, is what may explain it
    select
        repeated.*,
        coalesce(repeated.is_repeated and not reasons.is_explained, false) as is_stuck
    from repeated
    left outer join {{ named(ref('stg_plant__turbines'), 'turbines') }}
        on repeated.turbine_id = turbines.turbine_id
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
{%- endmacro %}
