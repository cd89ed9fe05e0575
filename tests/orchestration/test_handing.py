"""dbt is handed what is pending and what follows from it, and else not started."""

import pytest

UNREAD = "update ops.reads set done = 0 where model = 'fct_missed_payments'"


@pytest.fixture
def handed(monkeypatch):
    """Return the arguments of each dbt that was started."""
    from orchestration.models import Dbt

    starts, cli = [], Dbt.cli

    def noted(self, args, **options):
        starts.append(args)
        return cli(self, args, **options)

    monkeypatch.setattr(Dbt, "cli", noted)
    return starts


def built(result):
    """Return the models that a run shows as built."""
    return {
        event.asset_key.path[-1]
        for event in result.get_asset_materialization_events()
        if event.asset_key.path[0] != "raw"
    }


def test_only_what_is_pending_and_what_follows_is_built_and_shown(
    job, database, handed
):
    first = job("arrears")
    again = job("arrears")
    database.query(UNREAD)
    one = job("arrears")

    assert all(result.success for result in (first, again, one))
    assert {"stg_loans__loans", "rpt_loans", "fct_missed_payments"} <= built(first)
    assert built(again) == set()
    assert built(one) == {"fct_missed_payments"}
    whole, part = handed
    assert "--exclude" not in whole
    left_out = part[part.index("--exclude") + 1].split()
    assert "stg_loans__loans" in left_out
    assert "fct_missed_payments" not in left_out


def test_a_test_that_failed_is_run_again_though_its_model_is_settled(
    job, database, handed
):
    job("arrears")
    database.query(
        "update ops.versions set checksum = '' where model ~ 'rpt_loans_loan'"
    )

    again = job("arrears")

    assert built(again) == set()
    assert len(handed) == 2
    ran = [check.check_name for check in again.get_asset_check_evaluations()]
    assert any("rpt_loans_loan" in name for name in ran)
