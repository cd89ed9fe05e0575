"""Without a browser the boards' tests are skipped in a line, and fail where CI runs."""

import os
import subprocess
import sys

import pytest

from warehouse import ROOT

FOLDER = "tests/serving/boards"
SOME = (
    f"{FOLDER}/test_health.py::test_a_system_narrows_what_is_told_of_systems",
    f"{FOLDER}/test_keys.py::test_a_browser_gets_in_with_a_key_as_its_password",
)


@pytest.mark.parametrize(
    ("settings", "summary"),
    [({}, "2 skipped"), ({"CI_RUN": "1"}, "2 errors")],
)
def test_a_missing_browser_is_one_line_that_says_how_to_get_one(settings, summary):
    environment = {**os.environ, "PATH": "/nowhere", **settings}
    if not settings:
        environment.pop("CI_RUN", None)

    done = subprocess.run(  # noqa: S603 - our own tests
        [sys.executable, "-m", "pytest", "-q", *SOME],
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
        assert line == f"Skipped 2: {line.partition(': ')[2]}"
        assert line.endswith("apt-get install chromium")
