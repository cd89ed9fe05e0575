"""Loaders, pruning and builders at once, killed at random: the marts end up right."""

import os
import random
import time

from tests.dbt_project.ledger.race import ALL, Builders, Loaders, end_a_backend
from tests.support.candle_truth import GRAINS, assert_candles, candles
from warehouse.manifest import manifest

SECONDS = 25
BUILDERS = 3
BUILT = "select 1 from ops.versions where model = 'fct_candles_5m' and version >= 3"


def test_marts_are_right_after_any_race_of_loaders_and_builders(
    database, dbt, dbt_target, raw, tables, tmp_path
):
    seed = int(os.environ.get("RACE_SEED", random.randrange(10**6)))  # noqa: S311
    chance = random.Random(seed)  # noqa: S311 - no secret
    dbt("run", *ALL)
    manifest()  # whose parse would take a part of the time
    loaders = Loaders(raw, chance)
    builders = Builders(tmp_path, dbt_target / "vars-0", chance, BUILDERS)
    ended, deadline = 0, time.monotonic() + SECONDS

    def is_over() -> bool:
        """Whether time is up and each kind of thing has happened, or far too late."""
        now = time.monotonic()
        seen = (builders.killed, ended, loaders.pruned, loaders.taken_back)
        is_late = now > deadline + 4 * SECONDS
        return now > deadline and (is_late or all(seen) and bool(database.query(BUILT)))

    try:
        while not is_over():
            action = chance.random()
            if action < 0.45:
                loaders.begin()
            elif action < 0.87:
                loaders.end()
            elif action < 0.9:
                loaders.prune()
            elif action < 0.98:
                ended += end_a_backend(raw, chance)
            else:
                builders.kill_one()
            time.sleep(chance.random() / 5)
    finally:
        builders.stop()
    dbt("run", *ALL)
    loaders.prune()
    refreshed = dbt("run", *ALL, "--full-refresh", check=False)
    refused = [result.message for result in refreshed if result.status == "error"]
    versions = dict(database.query("select model, version from ops.versions"))
    print(
        f"seed {seed}: {len(loaders.klines)} minutes, {loaders.aborted} loads aborted",
        f"{loaders.taken_back} minutes taken back, {loaders.pruned} loads pruned",
        f"{builders.killed} builders and {ended} sessions killed, builds {versions}",
        sep=", ",
    )

    dbt("build")

    staged = tables.rows("staging.stg_binance__klines")
    assert {key: row["trade_count"] for key, row in staged.items()} == {
        key: row[8] for key, row in loaders.klines.items()
    }
    for grain in GRAINS:
        found = tables.rows(f"marts.fct_candles_{grain}", "updated_at", "changed_in")
        assert_candles(found, candles(loaders.klines, grain, loaders.gaps))
    assert builders.killed
    assert ended
    assert loaders.pruned
    assert all("were pruned, and --full-refresh" in why for why in refused)
    assert loaders.taken_back
    assert versions["fct_candles_5m"] >= 3
