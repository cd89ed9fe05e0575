"""What the wind board asks of the marts: windows of ten minutes of one turbine."""

TURBINES = "select distinct turbine_id from marts.dim_signals order by 1"
KNOWN = "select distinct signal from marts.dim_signals order by 1"
WINDOWS = """
with known as (
    select
        signal,
        -- a direction has no least
        not bool_or(statistic = 'min') as is_direction
    from marts.dim_signals
    where turbine_id = %(turbine)s
    group by 1
),
span as (
    select
        greatest(
            max(newest.window_started_at) + interval '10 minutes'
            - %(days)s * interval '1 day',
            %(from)s::timestamptz
        ) as start,
        max(newest.window_started_at) as until
    from known
    cross join lateral (
        select windows.window_started_at
        from marts.fct_turbine_signals_10m as windows
        where
            windows.turbine_id = %(turbine)s
            and windows.signal = known.signal
            and windows.window_started_at < coalesce(%(to)s, 'infinity'::timestamptz)
        order by 1 desc
        limit 1
    ) as newest
),
windows as materialized (
    select
        known.is_direction,
        found.*
    from span
    cross join known
    -- a limit keeps this a look-up a signal, however many windows there are
    cross join lateral (
        select signals.*
        from marts.fct_turbine_signals_10m as signals
        where
            signals.turbine_id = %(turbine)s
            and signals.signal = known.signal
            and signals.window_started_at between span.start and span.until
        order by signals.window_started_at
        limit 144 * %(days)s
    ) as found
    where
"""
"""The windows of a span, but for the condition that says of which signals."""

SIGNALS = f"""{WINDOWS}
        known.signal in (
            select listed.signal
            from known as listed
            where %(signal)s::text is null or listed.signal = %(signal)s
            order by
                array_position(
                    array['wind_speed', 'wind_direction', 'power'], listed.signal
                ),
                listed.signal
            limit 8
        )
)
select
    slots.window_started_at,
    shown.signal,
    shown.is_direction,
    windows.mean_value,
    windows.min_value,
    windows.max_value,
    coalesce(windows.coverage, 0) as coverage,
    concat_ws(
        ', ',
        case when windows.is_out_of_range then 'out of range' end,
        case when windows.is_stuck then 'stuck' end,
        case when windows.is_incomplete then 'low coverage' end
    ) as flags
from (select distinct signal, is_direction from windows) as shown
cross join (
    select generate_series(
        min(window_started_at), max(window_started_at), interval '10 minutes'
    ) as window_started_at
    from windows
) as slots
left outer join windows
    on
        windows.signal = shown.signal
        and windows.window_started_at = slots.window_started_at
order by
    array_position(array['wind_speed', 'wind_direction', 'power'], shown.signal), 2, 1
"""  # noqa: S608 - of constants

ROSE = f"""{WINDOWS}
        known.signal in ('wind_speed', 'wind_direction')
),
pairs as (
    select
        bool_or(is_out_of_range or is_stuck or is_incomplete) as is_flagged,
        max(mean_value) filter (where signal = 'wind_speed') as speed,
        max(mean_value) filter (where signal = 'wind_direction') as direction
    from windows
    group by window_started_at
    having count(*) = 2
),
judged as (
    select
        mod(floor(direction / 22.5 + 0.5)::integer, 16) * 22.5 as from_degrees,
        width_bucket(speed, array[0.5, 3, 6, 9, 12, 15]::double precision[]) as class,
        case
            when is_flagged then 'flagged'
            when speed < 0.5 then 'calm'
            when direction is null then 'without direction'
            else 'wind'
        end as kind
    from pairs
)
select
    kind,
    case when kind = 'wind' then from_degrees end as from_degrees,
    case when kind = 'wind' then class end as speed_class,
    count(*) as window_count,
    case
        when kind in ('wind', 'calm')
            then
                100.0 * count(*)
                / sum(count(*)) filter (where kind in ('wind', 'calm')) over ()
    end as share_percent
from judged
group by 1, 2, 3
order by 1 desc, 3, 2
"""  # noqa: S608 - of constants

POWER = f"""{WINDOWS}
        known.signal in ('wind_speed', 'power')
),
pairs as (
    select
        window_started_at,
        max(mean_value) filter (where signal = 'wind_speed') as wind_speed,
        max(mean_value) filter (where signal = 'power') as power,
        concat_ws(
            ', ',
            case when bool_or(is_out_of_range) then 'out of range' end,
            case when bool_or(is_stuck) then 'stuck' end,
            case when bool_or(is_incomplete) then 'low coverage' end
        ) as flags
    from windows
    group by 1
    having count(*) = 2
)
select
    *,
    avg(wind_speed) filter (where flags = '') over bin as bin_wind_speed,
    avg(power) filter (where flags = '') over bin as bin_power
from pairs
window bin as (partition by floor(wind_speed * 2 + 0.5))
order by 1
"""  # noqa: S608 - of constants
