"""Prices and ranks are asked side by side, so that they are of the same moment."""

SECONDS = 3


def fetched(database) -> tuple[float, float]:
    """Return the seconds from the prices' first page to the ranks', and all ranks'."""
    ((apart, lasted),) = database.query(
        "with ranks as (select min(fetched_at) as begun, max(fetched_at) as done"
        " from raw.cryptocompare__toplist)"
        " select extract(epoch from begun - (select min(fetched_at)"
        " from raw.coinmarketcap__listings))::float8,"
        " extract(epoch from done - begun)::float8 from ranks"
    )
    return apart, lasted


def test_both_apis_of_the_ranks_are_asked_side_by_side(job, database, sandbox):
    for system in ("coinmarketcap", "cryptocompare"):
        sandbox.control(system, delay=SECONDS, times=None)

    ended = job("ranks")

    assert ended.success
    apart, lasted = fetched(database)
    assert lasted >= 2 * SECONDS
    assert abs(apart) < SECONDS - 1
    ((coins,),) = database.query("select count(*) from marts.fct_coin_ranks_1m")
    assert coins >= 100


def test_one_that_fails_beside_the_other_fails_the_run_in_its_own_step(
    job, database, sandbox
):
    sandbox.refuse("cryptocompare", times=None, status=401)

    ended = job("ranks")

    assert not ended.success
    failed = {event.step_key for event in ended.all_events if event.is_step_failure}
    assert failed == {"cryptocompare_keys"}
    assert database.query("select count(*) from raw.coinmarketcap__listings") != [(0,)]
