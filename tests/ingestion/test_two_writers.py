"""One writer of a system at a time: the others wait, and say for whom."""

from contextlib import closing

import psycopg2

from ingestion.landing import holder, lock

SYMBOLS = ("BTCUSDT", "ETHUSDT")


def test_the_second_of_two_writers_waits_and_says_who_holds_the_lock(
    sandbox, database, landed, begin
):
    sandbox.lists(*SYMBOLS)
    sandbox.refuse(delay=0.5, times=3)
    writers = [begin("binance"), begin("binance")]

    ends = [writer.end() for writer in writers]

    assert [code for code, _ in ends] == [0, 0], ends
    waits = [
        f"binance: waiting for ingestion binance, pid {other.process.pid}, there since"
        in output
        for other, (_, output) in zip(reversed(writers), ends, strict=True)
    ]
    assert sorted(waits) == [False, True], ends
    for symbol in SYMBOLS:
        truth = sandbox.minutes(symbol, "2024-03-04")
        assert landed.minutes(symbol) == truth + truth[-10:], "the tail came twice"
    loads = database.query("""
        select count(*), count(distinct load_id), min(status), max(status)
        from raw._dlt_loads
    """)
    assert loads == [(2, 2, 0, 0)]


def test_another_database_of_the_server_has_locks_of_its_own(database):
    with closing(psycopg2.connect(database.urls["admin"], dbname="postgres")) as other:
        other.cursor().execute(
            "select pg_advisory_lock(hashtext('ingestion'), hashtext('plant'))"
        )
        with lock("binance") as held:
            assert holder(held, "plant") == "another"
            assert "ingestion binance, pid" in holder(held, "binance")


def test_the_systems_do_not_wait_for_each_other(database):
    with lock("binance"), lock("plant") as held:
        assert "ingestion plant" in holder(held, "plant")
