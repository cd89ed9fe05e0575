"""What an export writes: what moved, the partitions that it touches, exact."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

pytestmark = pytest.mark.export

CANDLES = """
create table marts.fct_candles (
    symbol text not null, opened_at timestamptz not null, close_price numeric,
    volume numeric, is_final boolean, trade_count bigint, changed_in bigint not null,
    primary key (symbol, opened_at)
);
insert into marts.fct_candles
select symbol, opened_at, 100 + extract(day from opened_at) / 8, 12.50, true, 7,
    {version}
from unnest(array['BTC', 'ETH']) as symbols (symbol)
cross join generate_series(
    timestamptz '2024-01-01 00:00+00', '2026-03-01 00:00+00', interval '1 hour'
) as hours (opened_at)
"""


@pytest.fixture
def candles(marts):
    marts.build("fct_candles", CANDLES)
    assert "fct_candles: whole" in marts.export()
    return marts


def summaries(marts, mart="fct_candles"):
    return [snapshot.summary for snapshot in marts.table(mart).snapshots()]


def test_a_first_export_is_one_snapshot_row_equal_and_names_its_version(candles):
    [summary] = summaries(candles)

    assert candles.exported("fct_candles") == candles.rows("fct_candles")
    assert summary["tickhouse.version"] == "1"
    assert candles.table("fct_candles").properties["tickhouse.version"] == "1"


def test_an_export_of_what_did_not_move_writes_nothing(candles):
    before = candles.table("fct_candles").metadata_location

    assert candles.export() == ""

    assert candles.table("fct_candles").metadata_location == before


def test_changed_and_vanished_rows_have_their_partitions_written_whole_at_once(candles):
    before = {file.file_path: file for file in files(candles)}
    candles.build(
        "fct_candles",
        "update marts.fct_candles set close_price = 1.25, changed_in = {version} "
        "where opened_at = '2024-05-05 03:00+00'",
        "delete from marts.fct_candles where opened_at = '2026-01-01 00:00+00'",
        "insert into ops.vanished select 'fct_candles', {version}, jsonb_build_object("
        "'symbol', symbol, 'opened_at', timestamptz '2026-01-01 00:00+00') "
        "from unnest(array['BTC', 'ETH']) as symbols (symbol)",
    )

    said = candles.export()

    after = {file.file_path: file for file in files(candles)}
    assert "2 partitions" in said
    assert candles.exported("fct_candles") == candles.rows("fct_candles")
    assert len(summaries(candles)) == 2
    assert [before[path].partition[0] for path in before.keys() & after.keys()] == [55]
    assert summaries(candles)[-1]["tickhouse.version"] == "2"


def files(marts):
    tasks = marts.table("fct_candles").scan().plan_files()
    return [task.file for task in tasks]


def test_a_build_that_changed_no_row_is_noted_without_a_snapshot(candles):
    candles.build("fct_candles")

    candles.export()

    assert len(summaries(candles)) == 1
    assert candles.table("fct_candles").properties["tickhouse.version"] == "2"


def test_a_partition_that_lost_all_its_rows_goes(candles):
    candles.build(
        "fct_candles",
        "insert into ops.vanished select 'fct_candles', {version}, jsonb_build_object("
        "'symbol', symbol, 'opened_at', opened_at) from marts.fct_candles "
        "where opened_at < '2025-01-01 00:00+00'",
        "delete from marts.fct_candles where opened_at < '2025-01-01 00:00+00'",
    )

    candles.export()

    assert candles.exported("fct_candles") == candles.rows("fct_candles")
    assert {file.partition[0] for file in files(candles)} == {55, 56}


def test_a_table_that_was_made_anew_is_written_whole(candles):
    candles.build(
        "fct_candles",
        "create table marts.made (like marts.fct_candles including all)",
        "insert into marts.made select * from marts.fct_candles where symbol = 'BTC'",
        "drop table marts.fct_candles",
        "alter table marts.made rename to fct_candles",
    )

    assert "whole" in candles.export()

    assert candles.exported("fct_candles") == candles.rows("fct_candles")


def test_a_mart_that_is_closed_to_the_reader_is_left_out_and_named(marts):
    marts.build("fct_candles", CANDLES)
    marts.build(
        "rpt_loans",
        "create table marts.rpt_loans as select 1 as loan_id",
        "revoke select on marts.rpt_loans from reader",
    )

    said = marts.export()

    assert "Left out, since the reader may not see them: rpt_loans" in said
    assert not (marts.iceberg / "rpt_loans").exists()


def test_views_are_written_whole_when_what_they_read_moved(marts):
    marts.build("fct_candles", CANDLES)
    marts.build(
        "rpt_newest", "create view marts.rpt_newest as select 1 as one, 2.5 as n"
    )
    marts.query(
        "create view marts.rpt_versions as select model, version from ops.versions",
        "transformer",
    )

    said = marts.export()
    assert "rpt_newest: whole, 1 rows" in said
    assert marts.exported("rpt_newest") == [(1, Decimal("2.5"))]
    assert "rpt_newest" not in marts.export()


def test_values_of_every_kind_come_back_as_they_were(marts):
    marts.build(
        "fct_kinds",
        """
        create table marts.fct_kinds (
            id integer primary key, small smallint, big bigint, flag boolean,
            real_value real, double_value double precision, words text, day date,
            moment timestamptz, local_time timestamp, exact numeric, whole numeric(78, 0),
            money numeric(12, 2), body jsonb, tags text[], spans tstzmultirange,
            changed_in bigint
        );
        insert into marts.fct_kinds values
        (1, -3, 9007199254740993, true, 0.1, 1e-300, 'a "b", ' || chr(10) || 'c', '2024-02-29',
         '2024-02-29 12:00:00.123456+00', '2024-02-29 12:00:00.5', 12.340,
         115792089237316195423570985008687907853269984665640564039457584007913129639935,
         1.50, '{"a": 1.0}', '{x,"y z"}', '{[2024-01-01 00:00+00,2024-01-02 00:00+00)}',
         {version}),
        (2, null, null, false, 'NaN', 'Infinity', '', '1969-12-31',
         '1969-12-31 23:59:59.999999+00', null, null, 0, -0.01, null, null, null,
         {version}),
        (3, null, null, null, null, '-Infinity', null, null, null, null, -47.7, null,
         null, null, null, null, {version})
        """,  # noqa: E501 - numbers of 2^256
    )

    marts.export()

    types = {
        field.name: str(field.field_type)
        for field in marts.table("fct_kinds").schema().fields
    }
    assert (
        types["whole"] == types["body"] == types["tags"] == types["spans"] == "string"
    )
    assert types["money"] == "decimal(18, 2)"
    assert types["exact"] == "decimal(18, 8)"
    printed = marts.query(
        "select id, small, big, flag, real_value, double_value, words, day, moment, "
        "local_time, exact, whole::text, money, body::text, tags::text, spans::text, "
        "changed_in from marts.fct_kinds order by 1"
    )
    found = marts.exported("fct_kinds")
    assert repr(numbers(found)) == repr(numbers(printed))


def numbers(rows):
    """Return rows whose decimals have no zeros at the end, and times one zone."""
    return [
        tuple(
            value.normalize() + 0
            if isinstance(value, Decimal)
            else value.astimezone(UTC)
            if isinstance(value, datetime) and value.tzinfo
            else float(f"{value:.6g}")
            if isinstance(value, float)
            else value
            for value in row
        )
        for row in rows
    ]
