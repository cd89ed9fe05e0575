"""Without a browser the boards' tests are skipped in a line, and fail where CI runs."""

import os
import subprocess
import sys

import pytest

from warehouse import ROOT

FILE = "tests/serving/boards/test_health.py"
ANY = ("test_a_system_narrows_what_is_told_of_systems", "test_the_page_is_accessible")


@pytest.mark.parametrize(
    ("settings", "summary"),
    [({}, "3 skipped"), ({"CI_RUN": "1"}, "3 errors")],
)
def test_a_missing_browser_is_one_line_that_says_how_to_get_one(settings, summary):
    environment = {**os.environ, "PATH": "/nowhere", **settings}
    if not settings:
        environment.pop("CI_RUN", None)

    done = subprocess.run(  # noqa: S603 - our own tests
        [sys.executable, "-m", "pytest", "-q", *(f"{FILE}::{name}" for name in ANY)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode != 0) == bool(settings)
    *lines, last = done.stdout.strip().splitlines()
    assert summary in last
    if not settings:
        (line,) = [line for line in lines if "The boards' tests want a browser" in line]
        assert "SKIPPED [3]" in line
        assert "apt-get install chromium" in line
