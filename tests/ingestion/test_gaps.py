"""`--gaps` asks for what is missing and nothing else, and notes what is nowhere."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestion import gaps
from ingestion.__main__ import main
from ingestion.gaps import Gap
from ingestion.ingest import ingest, plan
from ingestion.sources import binance, plant, xe
from ingestion.window import Window

NOW = "2024-05-24T12:00:30Z"
DAY = "2024-05-21"
LEFT = """
select series_key, missing_count, is_source_gap
from marts.rpt_gaps
where system = %s
order by gap_from, series_key
"""


def span(start, end, day=DAY):
    return Window.between(f"{day}T{start}", f"{day}T{end}")


@pytest.fixture
def holed(sandbox, database, environment, dbt):
    """Return systems of which only parts landed, and lacks that are the source's."""
    sandbox.at(NOW)
    environment["SOURCES__PLANT__BASE_URL"] = f"{sandbox.url}/plant"
    environment["SOURCES__XE__CURRENCIES"] = '["NGN", "XOF"]'
    bounds = {"from_ms": f"{DAY}T02:30Z", "to_ms": f"{DAY}T02:39Z"}
    sandbox.control(gap={"symbol": "BTCUSDT", **bounds})
    bounds = {"from_ms": f"{DAY}T01:15Z", "to_ms": f"{DAY}T01:18Z"}
    sandbox.control("plant", gap={"turbine": "T01", **bounds})
    parts = {
        "BTCUSDT": [("00:00", "02:00"), ("03:00", "04:00"), ("23:00", "23:30")],
        "ETHUSDT": [("00:00", "01:00"), ("01:10", "02:00"), ("02:20", "03:00")],
    }
    for symbol, spans in parts.items():
        for edges in spans:
            ingest("binance", span(*edges), symbols=[symbol])
    for edges in (("00:00", "02:00"), ("03:00", "06:00")):
        ingest("plant", span(*edges))
    for day in ("20", "23"):
        ingest("xe", span("00:00", "23:59", f"2024-05-{day}"))
    ingest("ecb")
    # all of it was asked for, else it were no gap
    for system, asks in {
        "binance": span("00:00", "23:30"),
        "plant": span("00:00", "06:00"),
        "xe": Window.between("2024-05-20", "2024-05-24"),
    }.items():
        sandbox.refuse(system, status=403, times=2 if system == "binance" else 1)
        named = {"symbols": [*parts]} if system == "binance" else {}
        assert {key.outcome for key in ingest(system, asks, **named).bad} == {"refused"}
    dbt("run", "-s", "+rpt_gaps", "+fct_loads")
    return database


def asked(sandbox, system, *names):
    """Return some parameters of what a system was asked."""
    return [
        tuple(entry["query"].get(name) for name in names)
        for entry in sandbox.requests(system)
    ]


def test_gaps_are_asked_for_alone_and_what_the_source_lacks_is_told_by_the_next_build(
    holed, sandbox, dbt, capsys
):
    sandbox.refuse(symbol="ETHUSDT", status=451)
    refused = main(["binance", "--gaps"])
    assert refused == 1
    assert "ETHUSDT refused: HTTP 451" in " ".join(capsys.readouterr().out.split())
    ((count,),) = holed.query(
        "select count(*) from raw.binance__fetches "
        "where key = 'BTCUSDT' and outcome = 'ok' "
        "and asked_from in ('2024-05-21T02:00Z', '2024-05-21T04:00Z')"
    )
    assert count == 2

    before = {name: len(sandbox.requests(name)) for name in ("binance", "plant", "xe")}
    cursor = plan("binance").keys["BTCUSDT"].asked.start
    first = {system: holed.query(LEFT, system) for system in before}
    sandbox.control("xe", leave_out=["XOF"])
    capsys.readouterr()

    dry = main(["binance", "--gaps", "--dry-run"])
    told = capsys.readouterr().out
    codes = [main([system, "--gaps"]) for system in (*before, "ecb")]
    said = capsys.readouterr().out

    assert first["binance"] == [
        ("ETHUSDT", 10, False),
        ("BTCUSDT", 60, False),
        ("ETHUSDT", 20, False),
        ("BTCUSDT", 19 * 60, False),
    ]
    assert first["plant"] == [("T01", 4, False), ("T01", 60, False)]
    assert first["xe"] == [("USDNGN", 2, False), ("USDXOF", 2, False)]
    assert (dry, codes) == (0, [0, 0, 0, 0])
    assert "1,230 records are missing, 4 pages to ask, about" in " ".join(told.split())
    assert "by what its last loads took a page" in " ".join(told.split())
    assert (
        "binance would ask BTCUSDT [2024-05-21T02:00:00Z, 2024-05-21T03:00:00Z), "
        "BTCUSDT [2024-05-21T04:00:00Z, 2024-05-21T23:00:00Z), "
        "ETHUSDT [2024-05-21T01:00:00Z, 2024-05-21T02:20:00Z)"
    ) in " ".join(told.split())
    asks = sorted(
        (symbol, f"{datetime.fromtimestamp(int(start) / 1000, UTC):%H:%M}")
        for symbol, start in asked(sandbox, "binance", "symbol", "startTime")[
            before["binance"] :
        ]
    )
    assert asks == [
        ("BTCUSDT", "02:00"),
        ("BTCUSDT", "04:00"),
        ("BTCUSDT", "20:40"),
        ("ETHUSDT", "01:00"),
    ]
    assert asked(sandbox, "plant", "start_timestamp", "end_timestamp")[
        before["plant"] :
    ] == [(f"{DAY}T01:10:00Z", f"{DAY}T03:00:00Z")]
    assert sorted(
        asked(sandbox, "xe", "to", "start_timestamp", "end_timestamp")[before["xe"] :]
    ) == [
        ("NGN", "2024-05-21T00:00", "2024-05-22T23:59"),
        ("XOF", "2024-05-21T00:00", "2024-05-22T23:59"),
    ]
    assert "ecb: no gaps but those that the source has too" in said
    assert plan("binance").keys["BTCUSDT"].asked.start == cursor

    dbt("run", "-s", "+rpt_gaps")
    assert holed.query(LEFT, "binance") == [("BTCUSDT", 10, True)]
    assert holed.query(LEFT, "plant") == [("T01", 4, True)]
    assert holed.query(LEFT, "xe") == [("USDXOF", 2, True)]
    holidays = holed.query(LEFT, "ecb")
    assert len(holidays) > 10
    assert all(is_source_gap for _, _, is_source_gap in holidays)
    count = len(sandbox.requests("binance"))
    assert main(["binance", "--gaps"]) == 0
    assert len(sandbox.requests("binance")) == count


def test_more_than_a_million_minutes_of_gaps_are_asked_for_with_yes_only(
    holed, sandbox, monkeypatch, capsys
):
    monkeypatch.setattr("ingestion.__main__.LONGEST_WITHOUT_YES", 1259)
    asked = len(sandbox.requests("binance"))

    dry = main(["binance", "--gaps", "--dry-run"])
    refused = main(["binance", "--gaps"])

    assert (dry, refused) == (0, 2)
    said = " ".join(capsys.readouterr().err.split())
    assert "1,230 records are missing" in said
    assert "--yes" in said
    assert len(sandbox.requests("binance")) == asked
    assert main(["binance", "--gaps", "--yes"]) == 0
    assert len(sandbox.requests("binance")) > asked


def test_what_was_never_asked_for_is_no_gap_to_ask_for(sandbox, database, dbt, capsys):
    sandbox.at(NOW)
    for day in ("2024-03-05", "2024-05-21"):
        ingest("binance", span("00:00", "01:00", day))
    dbt("run", "-s", "+rpt_gaps")
    asked = len(sandbox.requests("binance"))

    code = main(["binance", "--gaps"])

    assert code == 0
    assert "no gaps but those that the source has too" in capsys.readouterr().out
    assert len(sandbox.requests("binance")) == asked


def test_after_a_complete_answer_what_cant_be_used_is_the_sources_gap(
    sandbox, database, environment, dbt
):
    sandbox.at(NOW)
    environment["SOURCES__BINANCE__SYMBOLS"] = '["BTCUSDT"]'
    environment["SOURCES__PLANT__BASE_URL"] = f"{sandbox.url}/plant"
    rows = sandbox.truth("BTCUSDT", f"{DAY}T00:00Z", f"{DAY}T01:00Z")
    for row in rows[20:30]:
        row[0] += 14_789
    rows[40][5], rows[41][0] = "-1", "soon"
    sandbox.refuse(body=rows)
    readings = sandbox.readings("T01", f"{DAY}T00:00Z", f"{DAY}T01:00Z")
    for reading in readings:
        if "T00:3" in reading["timestamp"]:
            reading["power"] = reading["wind_speed"] = "high"
            reading["ambient_temperature"] = "high"
    sandbox.refuse("plant", times=None, body=readings)
    ingest("binance", span("00:00", "01:00"))
    ingest("plant", span("00:00", "01:00"))
    dbt("run", "-s", "+rpt_gaps")

    assert database.query(LEFT, "binance") == [("BTCUSDT", 2, True)]
    assert database.query(LEFT, "plant") == [("T01", 10, False)]
    before = len(sandbox.requests("plant"))
    for _ in range(2):
        assert main(["plant", "--gaps"]) == 0
        dbt("run", "-s", "+rpt_gaps")
    assert database.query(LEFT, "plant") == [("T01", 10, True)]
    assert len(sandbox.requests("plant")) == before + 1


def test_before_a_build_nothing_is_known_of_gaps(sandbox, database, capsys):
    code = main(["binance", "--gaps"])

    assert code == 1
    assert "marts.rpt_gaps comes with dbt build" in capsys.readouterr().err
    assert sandbox.requests() == []


def test_a_system_without_gaps_says_so(sandbox, database, capsys):
    code = main(["loans", "--gaps"])

    assert code == 0
    assert "loans: no gaps to ask for, since" in capsys.readouterr().out


def test_gaps_are_no_backfill(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["binance", "--gaps", "--from", "2024-01-01"])

    assert "--gaps asks for what is missing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (binance, [("00:10", "16:40"), ("16:50", "16:51")]),
        (plant, [("00:10", "16:51")]),
        (xe, [("00:10", "00:20"), ("16:30", "16:40"), ("16:50", "16:51")]),
    ],
    ids=["binance", "plant", "xe"],
)
def test_gaps_that_one_page_holds_are_one_ask(system, expected):
    found = [
        Gap(span(*edges), timedelta(minutes=1), 1)
        for edges in (("00:10", "00:20"), ("16:30", "16:40"), ("16:50", "16:51"))
    ]

    asks = gaps.asks(found, system.SOURCE.are_asked_together)

    assert asks == [span(*edges) for edges in expected]
