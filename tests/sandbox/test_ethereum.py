"""BigQuery's stand-in: jobs, pages by token, cells as texts, errors as Google's."""

import pytest

COLUMNS = (
    "token_address, from_address, to_address, `value`, transaction_hash, log_index, "
    "block_timestamp, block_number, block_hash"
)
TABLE = "bigquery-public-data.crypto_ethereum.token_transfers"
DAY = {"from_ms": "2024-02-28", "to_ms": "2024-02-29"}


def query(table=TABLE, columns=COLUMNS, limit="", end="2024-02-29", **body):
    """Return the body of a query for 2024-02-28."""
    bounds = {"start": "2024-02-28 00:00:00+00:00", "end": f"{end} 00:00:00+00:00"}
    return {
        "query": f"select {columns} from `{table}` "  # noqa: S608 - for a stand-in
        f"where block_timestamp >= @start and block_timestamp < @end{limit}",
        "useLegacySql": False,
        "formatOptions": {"useInt64Timestamp": True},
        "queryParameters": [
            {
                "name": name,
                "parameterType": {"type": "TIMESTAMP"},
                "parameterValue": {"value": value},
            }
            for name, value in bounds.items()
        ],
    } | body


@pytest.fixture
def big(generated):
    """Return what asks the API, by GET or with a body by POST."""
    generated.order(system="ethereum", waits=0)

    def big(path="queries", body=None, stand_in=generated, **parameters):
        url = f"/ethereum/bigquery/v2/projects/mine/{path}"
        if body is None:
            return stand_in.get(url, **parameters)
        return stand_in.session.post(stand_in.url + url, json=body, timeout=600)

    return big


def truth(stand_in, table="token_transfers", **span):
    return stand_in.get("/_control/truth/ethereum", table=table, **(span or DAY)).json()


def cells(page):
    return [[cell["v"] for cell in row["f"]] for row in page.get("rows", [])]


def reason(answer):
    body = answer.json()["error"]
    assert body["code"] == answer.status_code
    return answer.status_code, body["errors"][0]["reason"]


def test_pages_follow_by_token_and_hold_each_row_once_as_texts(big, generated):
    page = big(body=query(maxResults=100)).json()
    found, job = cells(page), page["jobReference"]["jobId"]
    while "pageToken" in page:
        page = big(
            f"queries/{job}",
            pageToken=page["pageToken"],
            maxResults=100,
            fields="jobReference,totalRows,pageToken,rows",
        ).json()
        assert "schema" not in page
        found += cells(page)

    expected = [[str(cell) for cell in row.values()] for row in truth(generated)]
    assert found == expected
    assert page["totalRows"] == str(len(expected))
    assert len(expected) > 200
    assert {row[5] for row in found} >= {"0"}
    assert max(len(row[3]) for row in found) == 78


def test_a_job_may_take_a_while(big, generated):
    generated.order(system="ethereum", waits=2)

    first = big(body=query()).json()
    path = first["jobReference"]["jobId"]
    state = big(f"jobs/{path}").json()["status"]["state"]
    second, third = (big(f"queries/{path}").json() for _ in range(2))

    assert not first["jobComplete"]
    assert "rows" not in first
    assert (state, second["jobComplete"], third["jobComplete"]) == (
        "RUNNING",
        False,
        True,
    )
    assert big(f"jobs/{path}").json()["status"]["state"] == "DONE"


def test_a_dry_run_weighs_and_a_ceiling_stops(big):
    dry = big(body=query(dryRun=True)).json()

    assert dry["totalBytesProcessed"] == "450000000"
    assert "jobId" not in dry["jobReference"]
    assert "rows" not in dry
    stopped = big(body=query(maximumBytesBilled="449999999"))
    assert reason(stopped) == (400, "bytesBilledLimitExceeded")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (query(useLegacySql=True), (400, "invalidQuery")),
        (query(columns="nonsense"), (400, "invalidQuery")),
        (query(table=TABLE + "s"), (404, "notFound")),
        (query(queryParameters=[]), (400, "invalidQuery")),
        (query() | {"query": "select 1"}, (400, "invalidQuery")),
        ({"useLegacySql": False}, (400, "invalid")),
    ],
    ids=["legacy", "column", "table", "parameters", "form", "no query"],
)
def test_what_it_does_not_understand_it_refuses_as_bigquery_does(big, body, expected):
    assert reason(big(body=body)) == expected


def test_a_failed_job_says_so_wherever_it_is_asked(big, generated):
    error = {"reason": "quotaExceeded", "status": 403, "message": "Quota exceeded"}
    generated.order(system="ethereum", fail_job=error, waits=1)

    job = big(body=query()).json()["jobReference"]["jobId"]
    assert not big(f"queries/{job}").ok or big(f"queries/{job}").status_code == 403

    assert reason(big(f"queries/{job}")) == (403, "quotaExceeded")
    status = big(f"jobs/{job}").json()["status"]
    assert status["errorResult"]["reason"] == "quotaExceeded"
    assert reason(big("queries/another")) == (404, "notFound")


def test_a_limit_a_text_in_double_quotes_and_float_seconds(big):
    body = query(columns='"value", block_timestamp', limit=" limit 2", formatOptions={})

    (first, _) = cells(big(body=body).json())

    assert first[0] == "value"
    assert first[1].endswith("E+09")


def test_a_block_vanishes_a_transaction_moves_and_a_token_is_amended(big, generated):
    rows = truth(generated)
    gone, moved = rows[0]["block_number"], rows[-1]["transaction_hash"]
    amended = truth(generated, "tokens", from_ms="2015-07-30", to_ms="2024-03-01")[0]
    amended |= {"symbol": "NEW", "block_timestamp": "2024-02-01T00:00:00Z"}
    for order in (
        {"vanish": gone},
        {"move": {"transaction_hash": moved, "to": "2024-02-27T10:00:00Z"}},
        {"add": {"table": "tokens", "row": amended}},
    ):
        assert generated.order(system="ethereum", **order).ok

    left = truth(generated)
    assert gone not in {row["block_number"] for row in left}
    assert moved not in {row["transaction_hash"] for row in left}
    before = truth(generated, from_ms="2024-02-27", to_ms="2024-02-28")
    assert moved in {row["transaction_hash"] for row in before}
    newer = truth(generated, "tokens", from_ms="2024-01-01", to_ms="2024-03-01")
    assert [row["symbol"] for row in newer] == ["NEW"]


def test_a_day_is_the_same_each_time_and_nothing_is_of_the_future(big, generated):
    assert truth(generated) == truth(generated)

    rows = cells(big(body=query(end="2024-03-09", maxResults=10_000)).json())
    latest = max(int(row[6]) for row in rows) / 1e6
    assert latest <= 1_709_296_470, "which is the clock"


def test_recorded_transfers_answer_as_they_are_and_nothing_else(recorded, big):
    known = big(
        body=query()
        | {
            "queryParameters": [
                {
                    "name": name,
                    "parameterType": {"type": "TIMESTAMP"},
                    "parameterValue": {"value": f"2016-06-{day} 00:00:00+00:00"},
                }
                for name, day in (("start", 23), ("end", 24))
            ]
        },
        stand_in=recorded,
    ).json()

    (row,) = cells(known)
    assert row[3:7] == [
        "5000000000000000000",
        "0x2e3dcd051a91d3a694f6b8de2ac4b5fe7acdba55f58bcf8471ff00d4a430074d",
        "0",
        "1466669562000000",
    ]
    other = big(body=query(), stand_in=recorded).json()
    assert (other["totalRows"], "rows" in other) == ("0", False)
    assert not recorded.order(system="ethereum", vanish=1).ok
