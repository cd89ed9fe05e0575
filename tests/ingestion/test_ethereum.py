"""Ethereum's transfers and tokens, through Google's own client: a day a query."""

import json
from datetime import UTC, datetime, timedelta
from itertools import groupby

import pytest

from ingestion.__main__ import main
from ingestion.ingest import ingest, plan
from ingestion.window import Window

NOW = "2024-03-06T12:00:30Z"
SPAN = Window.between("2024-03-03", "2024-03-05")
DAY = Window.between("2024-03-04", "2024-03-05")
WORDS = ["ethereum", "--from", "2024-03-04", "--to", "2024-03-05"]
A_DAY_TAKES = 450_000_000
TOKENS_TAKE = 10_000_000
QUERIES = "/queries"


@pytest.fixture
def land(sandbox, database, environment):
    """Return what lands from the stand-in at NOW, in pages of 100 rows."""
    sandbox.at(NOW)
    environment["RUNTIME__REQUEST_MAX_RETRY_DELAY"] = "0.2"
    environment["SOURCES__ETHEREUM__PAGE_ROWS"] = "100"
    return lambda window=None, **settings: ingest("ethereum", window, **settings)


@pytest.fixture
def landed(database):
    """Return what looks up request, payload and load of a table's pages."""

    def landed(table="token_transfers"):
        sql = (
            "select request, payload, _dlt_load_id "  # noqa: S608 - a table of ours
            f"from raw.ethereum__{table} order by fetched_at"
        )
        return [
            (json.loads(asked), said, load) for asked, said, load in database.query(sql)
        ]

    return landed


def rows(pages):
    """Return the cells of pages, as lists of texts."""
    return [
        [cell["v"] for cell in row["f"]]
        for _, payload, _ in pages
        for row in json.loads(payload).get("rows", [])
    ]


def truth(sandbox, table, start, end):
    """Return the cells of what the stand-in has in [start, end)."""
    found = sandbox.ethereum(table, start, end)
    return [
        [None if cell is None else str(cell) for cell in row.values()] for row in found
    ]


def started(sandbox):
    """Return how many queries were asked, dry ones too."""
    return len(
        [
            entry
            for entry in sandbox.requests("ethereum")
            if entry["method"] == "POST" and entry["path"].endswith(QUERIES)
        ]
    )


def fetches(database):
    """Return key, outcome and sentence of what was asked."""
    return database.query(
        "select key, outcome, sentence from raw.ethereum__fetches "
        "order by fetched_at, key"
    )


def test_a_day_is_a_query_and_a_load_and_every_page_of_it_lands_as_it_came(
    sandbox, land, landed
):
    report = land(SPAN)

    pages = landed()
    assert rows(pages) == truth(sandbox, "token_transfers", "2024-03-03", "2024-03-05")
    assert max(len(cells[3]) for cells in rows(pages)) == 78
    by_load = [
        [(asked["from"], asked["page"]) for asked, _, _ in part]
        for _, part in groupby(pages, key=lambda page: page[2])
    ]
    assert by_load == [
        [(f"2024-03-{day}T00:00:00Z", page) for page in pages]
        for day, pages in (("03", (1, 2, 3, 4)), ("04", (1, 2, 3)))
    ]
    assert len({asked["job"] for asked, _, _ in pages}) == 2
    assert json.loads(pages[1][1]).keys() == {
        "jobReference",
        "totalRows",
        "pageToken",
        "rows",
    }
    assert report.sentence().endswith(
        f"of 2 keys in {report.seconds:.1f} s "
        f"({2 * A_DAY_TAKES + TOKENS_TAKE:,} bytes to process)"
    )


def test_tokens_land_as_told_and_of_a_first_run_all_so_far(sandbox, land, landed):
    sandbox.at(None)

    land(first_days=1, tail_days=0)

    cells = rows(landed("tokens"))
    assert cells == truth(sandbox, "tokens", "2015-07-30", "2024-01-01")
    assert len({address for address, *_ in cells}) < len(cells)
    assert {decimals for _, _, _, decimals, *_ in cells} >= {"1e9", "300", "", None}
    assert max(len(name or "") for _, _, name, *_ in cells) == 10_000
    (day,) = {asked["from"] for asked, _, _ in landed()}
    yesterday = datetime.now(UTC) - timedelta(days=1)
    assert day == f"{yesterday:%Y-%m-%d}T00:00:00Z"


def test_a_daily_run_asks_the_tail_again_and_no_day_that_is_not_over(
    sandbox, land, database
):
    sandbox.at(None)
    land(first_days=3)

    land(tail_days=2)

    today = datetime.now(UTC).date()
    days = [today - timedelta(days=ago) for ago in (3, 2, 1)]
    asked = database.query(
        "select key, (asked_from at time zone 'utc')::date, "
        "(asked_to at time zone 'utc')::date from raw.ethereum__fetches "
        "order by fetched_at"
    )
    assert [day for key, day, _ in asked if key != "tokens"] == [*days, *days[1:]]
    assert [day for key, _, day in asked if key == "tokens"] == [today] * 2


def test_a_backfill_goes_on_where_it_failed_and_asks_again_once_it_was_done(
    sandbox, land, landed, database
):
    land(DAY, first_days=1)
    before = len(landed())
    sandbox.control(
        "ethereum",
        fail_job={"reason": "invalidQuery", "status": 400, "message": "no"},
    )

    report = land(SPAN)

    assert {key.name: key.outcome for key in report.keys.values()} == {
        "token_transfers": "refused",
        "tokens": "ok",
    }
    asked = started(sandbox)
    assert not land(SPAN).bad
    assert len(landed()) == before + 7
    assert started(sandbox) - asked == 6, "two days and the tokens, each weighed before"
    assert len(land(SPAN).keys) == 2
    assert len(landed()) == before + 14


def test_a_killed_backfill_asks_at_most_one_day_again(
    sandbox, begin, land, landed, environment
):
    sandbox.refuse("ethereum", match=QUERIES, skip=14, times=None, delay=60)
    words = ["ethereum", "--from", "2024-03-01", "--to", "2024-03-06"]

    command = begin(*words)
    for line in command.process.stdout:
        if line.startswith("ethereum:"):
            break
    assert command.kill()
    sandbox.reset()
    sandbox.at(NOW)
    done = landed_days(landed)
    assert main(words) == 0

    days = [f"2024-03-0{day}T00:00:00Z" for day in (1, 2, 3, 4, 5)]
    assert done == days[: len(done)]
    assert 1 <= len(done) < 5
    assert landed_days(landed) == days


def landed_days(landed):
    return [asked["from"] for asked, _, _ in landed() if asked["page"] == 1]


def test_a_trial_is_marked_and_moves_nothing(sandbox, land, landed, database, capsys):
    assert main([*WORDS, "--query-limit", "7"]) == 0
    assert {asked["limit"] for asked, _, _ in landed()} == {7}
    assert len(rows(landed())) == 7

    assert main(WORDS) == 0
    assert len(landed()) == 4
    assert "limit" not in landed()[-1][0]
    assert len(rows(landed()[1:])) == len(
        truth(sandbox, "token_transfers", "2024-03-04", "2024-03-05")
    )


def test_a_dry_run_tells_the_bytes_and_starts_no_job(sandbox, land, database):
    report = plan("ethereum", SPAN)

    assert report.sentence() == (
        f"ethereum would ask token_transfers {SPAN}, tokens {SPAN} "
        f"({2 * A_DAY_TAKES + TOKENS_TAKE:,} bytes to process)"
    )
    assert {entry["path"] for entry in sandbox.requests("ethereum")} == {
        "/ethereum/bigquery/v2/projects/stand-in/queries"
    }
    assert started(sandbox) == 2


def test_a_query_above_the_ceiling_is_never_started(sandbox, land, landed, database):
    land(DAY, maximum_bytes=A_DAY_TAKES - 1)

    (refused,) = [row for row in fetches(database) if row[1] != "ok"]
    assert refused == (
        "token_transfers",
        "refused",
        f"not asked, since {DAY} of token_transfers would process "
        f"{A_DAY_TAKES:,} bytes and SOURCES__ETHEREUM__MAXIMUM_BYTES is "
        f"{A_DAY_TAKES - 1:,}",
    )
    assert landed() == []
    assert len(landed("tokens")) == 1


@pytest.mark.parametrize(
    ("status", "reason", "outcome"),
    [
        (403, "accessDenied", "refused"),
        (403, "billingNotEnabled", "refused"),
        (404, "notFound", "refused"),
        (400, "invalidQuery", "refused"),
        (403, "quotaExceeded", "failed"),
        (429, "rateLimitExceeded", "failed"),
        (500, "backendError", "failed"),
        (400, "resourcesExceeded", "failed"),
    ],
)
def test_a_jobs_error_and_a_quota_are_told_apart(
    sandbox, land, landed, database, status, reason, outcome
):
    error = {"status": status, "reason": reason, "message": "Said so", "times": 1000}
    sandbox.control("ethereum", fail_job=error)

    land(DAY)

    assert {row[1:] for row in fetches(database)} == {
        (outcome, f"HTTP {status}, {reason}: Said so")
    }
    assert landed() == []


def test_a_job_that_is_not_complete_is_polled_and_a_limit_is_waited_for(
    sandbox, land, landed
):
    sandbox.control("ethereum", waits=3)
    sandbox.refuse("ethereum", match=QUERIES, status=503, times=2)

    assert not land(DAY).bad
    assert len(landed()) == 3


def test_fewer_rows_than_announced_are_a_failure_and_the_day_is_asked_again(
    sandbox, land, landed, database
):
    sandbox.control("ethereum", drop_rows=5)

    land(DAY)
    assert ("token_transfers", "failed") in {row[:2] for row in fetches(database)}
    assert len(landed()) == 3
    sandbox.control("ethereum", drop_rows=0)

    assert not land(DAY).bad
    assert len(landed()) == 6


@pytest.mark.parametrize("body", ["<html>", {"error": "none"}, [1]])
def test_an_answer_that_is_none_is_a_failure(sandbox, land, database, body):
    sandbox.refuse("ethereum", body=body, times=None)

    land(DAY)

    assert {row[1] for row in fetches(database)} == {"failed"}


def test_a_day_without_transfers_is_a_gap(sandbox, land, landed, database):
    rows = sandbox.ethereum("token_transfers", "2024-03-04", "2024-03-05")
    for block in {row["block_number"] for row in rows}:
        sandbox.control("ethereum", vanish=block)

    land(DAY)

    assert ("token_transfers", "empty") in {row[:2] for row in fetches(database)}
    assert "rows" not in json.loads(landed()[0][1])


def test_without_credentials_of_googles_nothing_is_asked(
    database, environment, tmp_path, capsys
):
    del environment["SOURCES__ETHEREUM__BASE_URL"]  # so that Google itself is meant
    environment["NO_GCE_CHECK"] = "true"
    environment["CLOUDSDK_CONFIG"] = str(tmp_path)

    code = main(WORDS)

    said = capsys.readouterr().out
    assert code == 1
    assert said.count("there are no credentials of Google's") == 2
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "words", [["xe", "--query-limit", "5"], [*WORDS, "--query-limit", "0"]]
)
def test_a_limit_is_for_queries_and_more_than_nothing(environment, capsys, words):
    with pytest.raises(SystemExit) as exit_:
        main(words)

    assert exit_.value.code == 2


def test_nobody_is_followed_to_another_host(sandbox, land, database):
    address = sandbox.url.replace("127.0.0.1", "localhost")
    sandbox.refuse(
        "ethereum",
        status=302,
        headers={"Location": f"{address}/ethereum/elsewhere"},
        times=None,
    )

    land(DAY)

    assert {row[1] for row in fetches(database)} == {"failed"}
    assert not [
        entry["path"]
        for entry in sandbox.requests("ethereum")
        if entry["path"].endswith("elsewhere")
    ]
