"""First runs of several systems at once, where nothing is made yet."""

import time
from contextlib import closing

import psycopg2

from warehouse.locks import DEFINING

SYSTEMS = ("coinmarketcap", "cryptocompare", "ecb", "xe", "binance")
WAITING = """
select count(*), to_regclass('raw._dlt_loads') is not null
from pg_locks
where locktype = 'advisory' and not granted and objid = hashtext('raw')::oid
"""


def is_at_work(run) -> bool:
    return run.process.poll() is None


def test_first_runs_of_several_systems_make_what_dlt_needs_one_after_the_other(
    sandbox, database, begin
):
    with closing(psycopg2.connect(database.urls["loader"])) as other:
        other.autocommit = True
        with other.cursor() as cursor:
            cursor.execute(f"select pg_advisory_lock({DEFINING})")
            runs = {system: begin(system) for system in SYSTEMS}
            waiting = 0
            while waiting < len(SYSTEMS) and all(map(is_at_work, runs.values())):
                time.sleep(0.2)
                cursor.execute(WAITING)
                waiting, is_made = cursor.fetchone()
                assert not is_made

    ends = {system: run.end() for system, run in runs.items()}

    assert waiting == len(SYSTEMS), ends
    print(*(said for code, said in ends.values() if code))
    assert {code for code, _ in ends.values()} == {0}
    landed = database.query(
        "select schema_name, count(*) from raw._dlt_loads where status = 0 group by 1"
    )
    assert dict(landed) == dict.fromkeys(SYSTEMS, 1)
