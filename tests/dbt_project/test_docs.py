"""What `dbt docs generate` writes, by which the docs draw their lineage."""

import json

import pytest
from dbt.cli.main import dbtRunner

from warehouse import ROOT


@pytest.fixture
def parsed(database, tmp_path):
    """Return what runs dbt and returns the manifest that it wrote, one by one."""

    def parsed(*words):
        places = {
            "--project-dir": ROOT / "dbt_project",
            "--profiles-dir": ROOT,
            "--target-path": tmp_path / "target",
            "--log-path": tmp_path,
        }
        options = [str(word) for place in places.items() for word in place]
        done = dbtRunner().invoke([*words, *options, "--quiet"])
        assert done.success, done.exception
        return json.loads((tmp_path / "target" / "manifest.json").read_text())

    return parsed


def test_the_lineage_of_the_docs_shows_no_unit_tests_and_a_build_has_them(parsed):
    before = parsed("parse")
    docs = parsed("docs", "generate", "--empty-catalog")
    after = parsed("parse")

    assert len(before["unit_tests"]) > 100
    assert docs["unit_tests"] == {}
    assert not [name for name in docs["parent_map"] if name.startswith("unit_test.")]
    assert docs["nodes"].keys() == before["nodes"].keys()
    assert after["unit_tests"].keys() == before["unit_tests"].keys()
