"""The queries of a turbine's readings: its names, and rows of a time each."""

NAMES = """
with recursive names as (
    (
        select {name} as name from marts.fct_turbine_readings_1m
        where {where} order by {order} limit 1
    )
    union all
    select (
        select readings.{name} from marts.fct_turbine_readings_1m as readings
        where {where} and readings.{name} > names.name order by {order} limit 1
    )
    from names
    where names.name is not null
)
select names.name from names where names.name is not null
"""
TURBINES = NAMES.format(
    name="turbine_id", where="true", order="turbine_id, signal, read_at"
)
SIGNALS = NAMES.format(
    name="signal", where="turbine_id = %(turbine)s", order="signal, read_at"
)
# of the first reading in a range and what follows it within a width
ROWS = """
with began as (
    select min(found.read_at) as read_at
    from unnest(%(read)s::text[]) as signals (signal)
    cross join lateral (
        select readings.read_at
        from marts.fct_turbine_readings_1m as readings
        where
            readings.turbine_id = %(turbine)s and readings.signal = signals.signal
            and readings.read_at >= %(start)s and readings.read_at < %(end)s
        order by 1
        limit 1
    ) as found
),
pivoted as (
    select
        readings.read_at,
        case when %(has_id)s then concat(
            '"id": ', floor(extract(epoch from readings.read_at) * 1000), ', '
        ) else '' end as id,
        replace((readings.read_at at time zone 'utc')::text, ' ', 'T') as stamp,
        substr((
            %(nulls)s::jsonb || coalesce(
                jsonb_object_agg(readings.signal, readings.value)
                filter (where readings.signal = any(%(shown)s::text[])),
                '{}'
            )
        )::text, 2) as fields
    from marts.fct_turbine_readings_1m as readings
    where
        readings.turbine_id = %(turbine)s and readings.signal = any(%(read)s::text[])
        and readings.read_at >= (select began.read_at from began)
        and readings.read_at < %(end)s
        and readings.read_at < (select began.read_at from began) + %(width)s
    group by 1
)
select
    (select began.read_at from began) + %(width)s,
    string_agg(
        concat(
            %(before)s::text, '{', pivoted.id, '"timestamp": "', pivoted.stamp, '"',
            coalesce(', ' || nullif(pivoted.fields, '}'), '}'), %(after)s::text
        ),
        ',' order by pivoted.read_at
    )
from pivoted
"""
