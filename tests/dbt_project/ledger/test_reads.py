"""What a model reads, the ledger knows of, or the model says why it need not."""

from unittest.mock import patch

import pytest
from dbt_common.clients.jinja import template_cache

from tests.dbt_project.ledger.reads import declared, reads

INCREMENT = "{% macro is_incremental() %}{{ return(true) }}{% endmacro %}"


def without_variables(manifests):
    """Return the manifest of the runs that set no variables."""
    return next(made for target, made in manifests.items() if target.name == "vars-0")


@pytest.fixture(scope="module")
def known():
    """Return what is compiled once for all."""
    return {}


@pytest.fixture
def compiled(raw, dbt, manifests, known):
    """Return all that compiles as if all tables stood, by the relation it makes."""
    if not known:
        dbt("parse")
        macro = without_variables(manifests).macros["macro.tickhouse.is_incremental"]
        template_cache.clear()  # which has macros as other tests here ran them
        with patch.object(macro, "macro_sql", INCREMENT):
            results = dbt(
                "compile", "-s", "tickhouse", "--exclude", "resource_type:test"
            )
        template_cache.clear()
        known.update(
            {
                f"{result.node.schema}.{result.node.alias}": result.node
                for result in results
                if result.node.resource_type in ("model", "function")
                and result.node.config.materialized != "ephemeral"
            }
        )
    return known


@pytest.fixture
def increments(compiled):
    """Return the models that keep rows, by name."""
    return {
        node.name: node
        for node in compiled.values()
        if node.config.materialized == "incremental"
    }


def plain_reads(node, compiled):
    """Return what a model reads plainly, by the names of models, or of raw tables."""
    found = set()
    for relation in reads(node.compiled_code).plain:
        upstream = compiled.get(relation)
        if upstream is None:
            assert relation.startswith("raw."), relation
            found.add(relation)
        elif upstream.config.materialized == "incremental":
            found.add(upstream.name)
        else:
            found |= plain_reads(upstream, compiled)
    return found - {node.name}


def test_a_model_says_why_of_all_that_it_reads_beside_the_ledger(compiled, increments):
    said = declared(increments.values())

    read = {
        (name, upstream)
        for name, node in increments.items()
        for upstream in plain_reads(node, compiled)
    }

    assert len(increments) >= 50
    assert read - said.keys() == set()
    assert said.keys() - read == set()
    assert [pair for pair, why in said.items() if len(why.split()) < 5] == []


def test_all_that_a_model_depends_on_is_found_in_what_it_compiles_to(
    compiled, increments, manifests
):
    """Else a read could hide from the test above."""
    manifest = without_variables(manifests)

    for name, node in increments.items():
        upstreams = [manifest.expect(each) for each in node.depends_on.nodes]
        wanted = {
            f"{upstream.schema}.{upstream.identifier}"
            for upstream in upstreams
            if upstream.is_relational and not upstream.is_ephemeral_model
        }
        assert wanted <= reads(node.compiled_code).relations, name


@pytest.mark.parametrize(
    ("sql", "plain"),
    [
        (
            "select * from marts.a where changed_in > current_setting('ledger.done_a')",
            "",
        ),
        (
            "select * from marts.a where changed_in > current_setting('ledger.done_b')",
            "a",
        ),
        ("select * from marts.a", "a"),
        ("select * from (select * from marts.a) as b where x > 'ledger.done_a'", ""),
        (
            "select * from (select * from marts.a) as b join c on x > 'ledger.done_a'",
            "a",
        ),
        ("select 1 where exists (select 1 from marts.a where x > 1)", "a"),
    ],
)
def test_a_read_is_by_the_ledger_where_its_own_condition_asks_it(sql, plain):
    assert reads(sql).plain == {f"marts.{name}" for name in plain}
