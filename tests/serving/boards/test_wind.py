"""The wind's board shows what the marts have of a turbine, and what they flag."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

FIRST = datetime(2024, 5, 20, tzinfo=UTC)
GONE = (10, 11, 12)
PLACES = tuple(place for place in range(36) if place not in GONE)
WINDOWS = """
insert into marts.fct_turbine_signals_10m (
    turbine_id, signal, window_started_at, mean_value, min_value, max_value,
    std_value, circular_mean_value, circular_std_value, sample_count, expected_count,
    coverage, is_out_of_range, is_stuck, is_incomplete, updated_at, changed_in
)
select
    'T90', made.signal,
    timestamptz '2024-05-20 00:00Z' + place * interval '10 minutes',
    made.mean, made.mean - made.width, made.mean + made.width,
    case when made.mean is not null then 0.5 end,
    case when made.width is null then made.mean end,
    case when made.width is null and made.mean is not null then 0.5 end,
    case when place = 7 then 5 else 10 end, 10,
    case when place = 7 then 0.5 else 1 end,
    made.signal = 'wind_speed' and place in (5, 8),
    made.signal = 'power' and place in (6, 8),
    place = 7,
    now(), 0
from generate_series(0, 35) as places (place)
cross join lateral (
    values
    ('wind_speed', 0.1 + place * 0.45::double precision, 0.2::double precision),
    ('power', 1.1 * place ^ 3, 10),
    (
        'wind_direction',
        case when place != 20 then mod(335 + place * 7, 360) + 0.25 end,
        null
    )
) as made (signal, mean, width)
where place not in (10, 11, 12)
"""
SIGNALS = """
insert into marts.dim_signals (
    signal_id, turbine_id, signal, statistic, signal_name, updated_at, changed_in
)
select
    turbine || '.' || signal || '_' || statistic, turbine, signal, statistic,
    signal || '_' || statistic, now(), 0
from (
    values
    ('T90', 'wind_speed', '{mean,min,max,std}'::text[]),
    ('T90', 'power', '{mean,min,max,std}'),
    ('T90', 'wind_direction', '{mean,std}'),
    ('T91', 'wind_speed', '{mean,min,max,std}')
) as made (turbine, signal, statistics)
cross join lateral unnest(statistics) as told (statistic)
"""
ALONE = """
insert into marts.fct_turbine_signals_10m
select made.*
from marts.fct_turbine_signals_10m as model
cross join lateral (
    select (jsonb_populate_record(model, '{"turbine_id": "T91"}')).*
) as made
where model.turbine_id = 'T90' and model.signal = 'wind_speed'
"""
BOARD = "/boards/wind?turbine=T90"


@pytest.fixture(scope="module", autouse=True)
def turbines(house):
    """Return a turbine with flags, calms and a gap, and one without a direction."""
    for statement in (SIGNALS, WINDOWS, ALONE):
        house.query(statement, role="transformer")
    yield
    for table in ("dim_signals", "fct_turbine_signals_10m"):
        house.query(
            f"delete from marts.{table} where turbine_id in ('T90', 'T91')",  # noqa: S608 - ours
            role="transformer",
        )


def at(place: int) -> str:
    return f"{FIRST + place * timedelta(minutes=10):%Y-%m-%dT%H:%M:%S+00:00}"


def traces(figure: dict, name: str) -> list[dict]:
    return [trace for trace in figure["data"] if trace["name"] == name]


def points(trace: dict) -> list[tuple]:
    return list(zip(trace["x"], trace["y"], strict=True))


def mart(house, signal: str, turbine: str = "T90") -> dict[str, tuple]:
    """Return mean, least, greatest and coverage by window."""
    return {
        f"{found.astimezone(UTC):%Y-%m-%dT%H:%M:%S+00:00}": tuple(told)
        for found, *told in house.query(
            "select window_started_at, mean_value, min_value, max_value, coverage "
            "from marts.fct_turbine_signals_10m "
            "where turbine_id = %s and signal = %s order by 1",
            *(turbine, signal),
        )
    }


def test_means_band_and_coverage_are_the_marts_to_the_last_digit(look, house):
    ((signal,),) = house.query(
        "select max(signal) from marts.dim_signals where turbine_id = 'T01' "
        "and statistic = 'min'"
    )
    figure = look(f"/boards/wind?turbine=T01&signal={signal}&days=1").figure("signals")

    held = dict(list(mart(house, signal, "T01").items())[-144:])
    (means,), (band,), (coverage,) = (
        traces(figure, name) for name in ("mean", "least to greatest", "coverage")
    )
    there = [point for point in points(means) if point[1] is not None]
    assert there == [(window, told[0]) for window, told in held.items()]
    assert {point for point in points(band) if point[0]} == {
        (window, bound) for window, told in held.items() for bound in told[1:3]
    }
    assert [point for point in points(coverage) if point[1]] == [
        (window, told[3]) for window, told in held.items()
    ]


def test_windows_without_readings_break_line_and_band_and_are_covered_by_none(look):
    figure = look(f"{BOARD}&signal=power").figure("signals")

    (means,), (band,), (coverage,) = (
        traces(figure, name) for name in ("mean", "least to greatest", "coverage")
    )
    gone = [at(place) for place in GONE]
    assert means["x"] == [at(place) for place in range(36)]
    assert [x for x, y in points(means) if y is None] == gone
    assert "connectgaps" not in means
    assert [x for x, y in points(coverage) if y == 0] == gone
    assert dict(points(coverage))[at(7)] == 0.5
    # a closed polygon each run, there along the greatest and back along the least
    runs = [at(place) for place in range(10)], [at(place) for place in range(13, 36)]
    assert band["x"] == [x for run in runs for x in (*run, *run[::-1], None)]
    assert band["fill"] == "toself"


def test_a_direction_is_dots_from_0_to_360_without_a_band(look, house):
    figure = look(f"{BOARD}&signal=wind_direction").figure("signals")

    (means,) = traces(figure, "mean")
    held = mart(house, "wind_direction")
    assert means["mode"] == "markers"
    assert means["y"] == [held.get(at(place), [None])[0] for place in range(36)]
    assert [trace["x"] for trace in traces(figure, "least to greatest")] == [[]]
    assert figure["layout"]["yaxis"]["range"] == [0, 360]


def test_flagged_windows_of_a_signal_are_marked_on_its_line(look, house):
    figure = look(f"{BOARD}&signal=power").figure("signals")

    held = mart(house, "power")
    for flag, places in {"stuck": (6, 8), "low coverage": (7,)}.items():
        (marked,) = traces(figure, flag)
        assert points(marked) == [(at(place), held[at(place)][0]) for place in places]


def test_filters_narrow_to_a_turbine_a_signal_and_a_span(look):
    whole = look(BOARD).figure("signals")
    titles = [each["text"] for each in whole["layout"]["annotations"] if each["text"]]
    assert titles == ["wind_speed", "wind_direction", "power"]
    assert len(traces(whole, "mean")) == 3

    span = "from=2024-05-20T01:00Z&to=2024-05-20T01:30Z"
    (means,) = traces(look(f"{BOARD}&signal=power&{span}").figure("signals"), "mean")
    assert means["x"] == [at(place) for place in (6, 7, 8)]


def test_a_rose_counts_sectors_and_classes_of_windows_without_a_flag(look, house):
    shown = look(BOARD)

    speeds, directions = mart(house, "wind_speed"), mart(house, "wind_direction")
    flagged = {at(place) for place in (5, 6, 7, 8)} - {at(6)}
    bounds = (0.5, 3, 6, 9, 12, 15)
    counted, calms, nowhere = Counter(), 0, 0
    for window in speeds.keys() - flagged:
        speed, direction = speeds[window][0], directions[window][0]
        if speed < bounds[0]:
            calms += 1
        elif direction is None:
            nowhere += 1
        else:
            sector = int((direction + 11.25) % 360 // 22.5) * 22.5
            counted[sum(speed >= bound for bound in bounds), sector] += 1
    total = counted.total() + calms
    drawn = {
        (place, float(theta)): (float(share), int(count))
        for place, trace in enumerate(shown.figure("rose")["data"], 1)
        for theta, share, count in zip(
            *(trace["theta"], trace["r"], trace["text"]), strict=True
        )
    }
    assert {key: count for key, (_, count) in drawn.items()} == counted
    assert all(
        share == pytest.approx(100 * count / total) for share, count in drawn.values()
    )
    assert {sector for _, sector in drawn} >= {0, 337.5}
    assert (calms, nowhere) == (1, 1)
    said = shown.said("rose")
    assert f"in 1 of {total} windows" in said
    assert "3 flagged, 1 whose directions" in said


def test_without_a_direction_or_a_power_a_sentence_says_which_setting_asks(look):
    shown = look("/boards/wind?turbine=T91")

    assert len(traces(shown.figure("signals"), "mean")) == 1
    for panel, signal in (("rose", "wind_direction"), ("power", "power")):
        assert shown.figure(panel)["data"] is None
        said = shown.said(panel)
        assert "of T91" in said
        assert signal in said
        assert "SOURCES__PLANT__COLUMNS" in said
        assert "make run" in said


def test_a_power_curve_shows_flagged_windows_apart_by_symbol_and_colour(look, house):
    figure = look(BOARD).figure("power")

    speeds, powers = mart(house, "wind_speed"), mart(house, "power")
    apart = {"out of range": (5, 8), "stuck": (6,), "low coverage": (7,)}
    apart["no flag"] = tuple(place for place in PLACES if place not in range(5, 9))
    looks = set()
    for name, places in apart.items():
        (trace,) = traces(figure, name)
        assert points(trace) == [
            (speeds[at(place)][0], powers[at(place)][0]) for place in places
        ]
        looks.add((trace["marker"]["symbol"], trace["marker"]["color"]))
    assert (
        len({symbol for symbol, _ in looks}) == len({color for _, color in looks}) == 4
    )
    (means,) = traces(figure, "mean by 0.5 m/s")
    assert (speeds[at(1)][0], powers[at(1)][0]) in points(means)
    assert not set(points(means)) & set(points(traces(figure, "stuck")[0]))


def test_a_turbine_that_is_not_there_is_said_to_have_nothing(look):
    shown = look("/boards/wind?turbine=T99")

    for panel in ("signals", "rose", "power"):
        assert "T99" in shown.said(panel)


def test_an_old_window_is_called_stale_unless_the_asked_span_ends(look):
    stale, ended = (
        look(f"{BOARD}{to}").said("signals") for to in ("", "&to=2024-06-01")
    )

    assert "The newest is of 2024-05-20 05:50 UTC" in stale
    assert "make run" in stale
    assert ended == ""


def test_the_turbines_of_make_run_have_a_rose_and_a_power_curve(look):
    for turbine in ("T01", "T02"):
        shown = look(f"/boards/wind?turbine={turbine}")
        assert len(shown.figure("rose")["data"]) > 1
        assert len(shown.figure("power")["data"]) > 1
