"""Old raw pages go once every model has read them, and no build misses them."""

import shutil

import pytest

from ingestion.ingest import ingest
from warehouse import connect

LOADS = ("stg_fetches", "stg_loads", "stg_loads__tables")
CANDLES = ("-s", "+stg_binance__klines__rejected", *LOADS)
ROWS = """
select symbol, opened_at, open_price, base_volume, changed_in
from staging.stg_binance__klines
order by 1, 2
"""
KNOWN = """
select loads_read.model
from ops.loads_read
where not exists (
    select 1 from raw._dlt_loads where _dlt_loads.load_id = loads_read.load_id
)
"""


@pytest.fixture
def aged(sandbox, database, environment):
    """Land two loads, the first nine days ago; return what counts the pages."""
    environment["SOURCES__BINANCE__RETENTION_DAYS"] = "7"
    ingest("binance")
    database.query(
        "update raw._dlt_loads set inserted_at = now() - interval '9 days'",
        role="loader",
    )
    sandbox.at("2024-03-05T13:00:30Z")
    ingest("binance")

    def pages():
        return [
            count
            for (count,) in database.query(
                "select count(*) from raw.binance__klines "
                "group by _dlt_load_id order by _dlt_load_id"
            )
        ]

    assert pages() == [3, 1]
    return pages


def test_pages_that_were_read_go_with_their_loads(aged, database, dbt):
    dbt("run", *CANDLES)
    built = database.query(ROWS)

    ingest("binance")

    assert aged() == [1, 1]
    assert len(database.query("select * from raw._dlt_loads")) == 2
    keys = database.query("select distinct key from raw.binance__fetches")
    assert keys == [("BTCUSDT",)]
    assert database.query(KNOWN) == []
    dbt("run", *CANDLES)
    assert database.query(ROWS)[: len(built) - 1] == built[:-1]


@pytest.mark.parametrize(
    "unread_by",
    ["all", "stg_binance__klines__rejected", "stg_binance__klines__answers", *LOADS],
)
def test_pages_that_a_model_has_not_read_stay(aged, database, dbt, unread_by):
    if unread_by != "all":
        dbt("run", *CANDLES)
        database.query("delete from ops.loads_read where model = %s", unread_by)

    ingest("binance")

    assert aged() == [3, 1, 1]


def test_while_a_model_is_built_nothing_goes(aged, database, dbt):
    dbt("run", *CANDLES)
    building = connect("transformer")
    with building.cursor() as cursor:
        cursor.execute("update ops.versions set version = version where model != ''")

        ingest("binance")

    building.close()
    assert aged() == [3, 1, 1]


def test_without_a_setting_all_pages_stay(aged, database, dbt, environment):
    dbt("run", *CANDLES)
    del environment["SOURCES__BINANCE__RETENTION_DAYS"]

    ingest("binance")

    assert aged() == [3, 1, 1]


def test_a_full_refresh_that_needs_pruned_pages_is_refused(aged, database, dbt):
    dbt("run", *CANDLES)
    ingest("binance")
    dbt("run", *CANDLES)
    before = database.query(ROWS)

    refused = dbt("run", "-s", "stg_binance__klines", "--full-refresh", check=False)

    (said,) = [result.message for result in refused if result.status == "error"]
    assert "Pages of raw.binance__klines that came before" in said
    assert "--exclude stg_binance__klines" in said
    assert database.query(ROWS) == before
    accepted = ("--full-refresh", "--vars", "{rebuild_pruned: true}")
    dbt("run", "-s", "stg_binance__klines", *accepted)
    assert 0 < len(database.query(ROWS)) < len(before)


def test_a_lost_working_directory_is_restored_after_pruning(aged, database, dbt):
    dbt("run", *CANDLES)
    ingest("binance")
    shutil.rmtree(database.folder / "dlt_data_dir")

    report = ingest("binance")

    assert report.records < 100


def test_of_what_was_said_again_the_newest_note_stays(aged, database, dbt):
    note = """
        insert into raw.binance__fetches
        select
            system, key, asked_from, asked_to, 'unchanged', null, 0, 0,
            now() - hours * interval '1 hour', _dlt_load_id
        from raw.binance__fetches
        inner join raw._dlt_loads on load_id = _dlt_load_id
        cross join unnest(array[190, 200]) as ago (hours)
        where outcome = 'ok' and inserted_at < now() - interval '8 days'
    """
    database.query(note, role="loader")
    dbt("run", *CANDLES)
    newest = (
        "select max(fetched_at) from raw.binance__fetches where outcome = 'unchanged'"
    )
    before = database.query(newest)

    ingest("binance")

    assert aged() == [1, 1]
    assert database.query(newest) == before
    said = "select count(*) from raw.binance__fetches where outcome = 'unchanged'"
    assert database.query(said) == [(1,)]
