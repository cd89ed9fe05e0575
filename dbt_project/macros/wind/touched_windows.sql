{#
    The windows of 10 minutes that a change of readings, signals or turbines touches:
    rows (turbine_id, signal, window_started_at).
#}
{% macro touched_windows() -%}
    (
        with

        changed_windows as (

            select distinct
                turbine_id,
                signal,
                {{ bucket('read_at', '10 minutes') }} as window_started_at
            from {{ changed(ref('stg_plant__readings'), [
                'turbine_id', 'signal', 'read_at',
            ]) }} as reading

        ),

        -- a reading also decides whether its sensor was stuck in the windows after its
        -- own, and the sensor that it may explain
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
            left outer join {{ named(ref('stg_plant__signals'), 'limits') }}
                on decided.signal = limits.signal
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

        )

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
    )
{%- endmacro %}
