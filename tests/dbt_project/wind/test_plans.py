"""An increment of readings reads what arrived and what it touches, not the history."""

from dataclasses import replace

import pytest

from tests.support.database import kept
from tests.support.raw import Raw
from tests.support.readings import DAY, FETCHED, HOUR, START, TABLE, page, rows
from tests.support.windows import MODELS

DAYS = 50
GENERATED = """
with pages as (
    select
        turbine,
        day,
        '{"turbine":"' || turbine || '"}' as request,
        1700000000 + extract(epoch from day)::bigint / 86400 || '.1' as load
    from
        unnest(array['T01', 'T02']) as turbine,
        generate_series(%(start)s, %(end)s - interval '1 day', '24 hours') as day
), landed as (
    insert into raw.plant__readings
    select request, payload, %(fetched_at)s, null, load
    from pages
    cross join lateral (
        select '[' || string_agg(format(
            '{"timestamp":"%%s","wind_speed":%%s.5,"power":5}',
            to_char(day + minute * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS'),
            minute %% 20
        ), ',') || ']' as payload
        from generate_series(0, 1439) as minute
    ) as body
)
insert into raw._dlt_loads
select distinct load, 'plant', 0, now(), 'hash' from pages
"""


@pytest.fixture
def history(database, dbt):
    """Return 288,000 readings of two turbines, built, in pages of a day."""

    def make():
        raw = Raw(database)
        with raw.loader() as loader:
            span = {"start": START - DAYS * DAY, "end": START, "fetched_at": FETCHED}
            loader.execute(GENERATED, span)
            loader.execute("analyze raw.plant__readings, raw._dlt_loads")
        dbt("build", *MODELS)

    kept(database, "wind_history", make)
    return Raw(database)


@pytest.mark.parametrize("start", [START, START - 30 * DAY])
def test_an_hour_of_readings_reads_no_table_from_end_to_end(history, read, start):
    for turbine in ("T01", "T02"):
        hour = rows(60, start)
        asked = replace(page(hour, turbine, FETCHED + DAY, start), end=start + HOUR)
        history.land([asked], table=TABLE)

    found = read(*MODELS)

    big = {name: read for name, read in found.items() if read[0] > 4000}
    assert set(big) == {"staging.stg_plant__readings", "marts.fct_turbine_signals_10m"}
    assert {name: scanned for name, (_, scanned, _) in big.items() if scanned} == {}
    total, _, fetched = big["staging.stg_plant__readings"]
    assert total >= DAYS * 1440 * 4
    assert fetched < DAYS * 1440 * 4 / 8


def test_nothing_new_reads_next_to_nothing_of_the_readings(history, read):
    found = read(*MODELS)

    big = {name: read for name, read in found.items() if read[0] > 4000}
    assert {name: scanned for name, (_, scanned, _) in big.items() if scanned} == {}
    assert sum(fetched for _, _, fetched in big.values()) < 5000


def test_a_reader_finds_a_day_of_a_series_without_reading_the_others(history):
    asked = (
        "from marts.rpt_signal_values_10m "
        "where signal_id = 'T01.wind_speed_max' and window_started_at >= %s"
    )
    day = START - DAY

    plan = history.database.query(f"explain select * {asked}", day, role="reader")
    (said,) = history.database.query(f"select count(*) {asked}", day, role="reader")

    assert said == (144,)
    assert "Seq Scan on fct_turbine_signals_10m" not in str(plan)
