"""What BI tools see of the marts: their types, comments and order."""

import re
from contextlib import closing

import psycopg2

from warehouse import ROOT
from warehouse.manifest import manifest

KNOWN = {
    *("text", "boolean", "date", "timestamp with time zone"),
    *("integer", "bigint", "numeric", "double precision"),
}
"""What every BI tool shows as what it is."""
COLUMNS = """
select pg_class.relname || '.' || attname, format_type(atttypid, null)
from pg_attribute
inner join pg_class on pg_attribute.attrelid = pg_class.oid
where
    relnamespace = 'marts'::regnamespace
    and relkind in ('r', 'v', 'm', 'p', 'f')
    and attnum > 0
    and not attisdropped
union all
select proname || '.' || parts.name, format_type(parts.type, null)
from pg_proc
cross join lateral unnest(
    coalesce(proallargtypes, proargtypes::oid[]), proargnames
) as parts (type, name)
where pronamespace = 'marts'::regnamespace
"""
COMMENTS = """
select proname, obj_description(oid, 'pg_proc')
from pg_proc
where pronamespace = 'marts'::regnamespace
"""
DESCRIBED = """
select relname, attname, atttypid, coalesce(col_description(attrelid, attnum), '')
from pg_attribute
inner join pg_class on pg_attribute.attrelid = pg_class.oid
where
    relnamespace = 'marts'::regnamespace
    and relkind in ('r', 'v')
    and attnum > 0
    and not attisdropped
"""
JOINS = re.compile(r"[Jj]oins (\w+)\.(\w+)")
SHARED = {"symbol", "opened_at", "snapshot_at"}
"""Names that columns have which do not join, too."""
ALONE = {
    *(("dim_loans", "loan_id"), ("dim_currencies", "currency")),
    *(("dim_tokens", "token_address"), ("fct_loads", "load_id")),
    *(("dim_signals", "signal_id"), ("dim_signals", "turbine_id")),
    # an id of each source's own
    ("rpt_unmatched_coins", "coin_id"),
}
"""What others join, and what joins nothing."""


def test_no_mart_and_no_function_has_a_type_that_bi_tools_do_not_know(house):
    types = dict(house.query(COLUMNS))

    assert len(types) > 300
    assert {name: type_ for name, type_ in types.items() if type_ not in KNOWN} == {}


def test_the_spans_of_coverage_are_text_that_is_a_range_again_by_a_cast(house):
    odd = house.query(
        "select covered, record_span, partial_counts from fct_coverage_1d "
        "where not covered::tstzmultirange <@ record_span::tstzrange "
        "or not record_span ~ '^[[][-0-9T:.]+Z,[-0-9T:.]+Z[)]$' "
        "or not partial_counts ~ '^{.*}$'"
    )
    [(days, whole)] = house.query(
        "select count(*), count(*) filter (where covered = '{' || record_span || '}') "
        "from fct_coverage_1d where system = 'ecb'"
    )

    assert odd == []
    assert days == whole > 1000


def test_each_function_has_its_description_for_a_comment(house):
    wanted = {
        node["name"]: node["description"] for node in manifest()["functions"].values()
    }

    assert len(wanted) == 3
    assert dict(house.query(COMMENTS)) == wanted


def test_the_top_coins_come_ranked_from_the_first_on(house):
    ranks = [rank for (rank,) in house.query("select coin_rank from rpt_top_coins")]
    first = house.query("select coin_rank from rpt_top_coins limit 3")
    [(text,)] = house.query("select pg_get_viewdef('rpt_top_coins'::regclass)")

    assert ranks == list(range(1, len(ranks) + 1))
    assert first == [(1,), (2,), (3,)]
    # an index gives rows in this order today, and need not tomorrow
    assert text.rstrip().endswith("ORDER BY coin_rank;")


def test_each_column_to_join_by_names_the_other_marts_column_of_the_same_type(house):
    types, joins = {}, {}
    for mart, column, type_, comment in house.query(DESCRIBED):
        types[mart, column] = type_
        if found := JOINS.findall(comment):
            joins[mart, column] = found

    for here, others in joins.items():
        assert {types.get(there) for there in others} == {types[here]}, (here, others)
    keys = {column for others in joins.values() for _, column in others} - SHARED
    unsaid = {here for here in types if here[1] in keys} - ALONE - joins.keys()
    assert unsaid == set()


def test_an_option_of_the_address_leads_to_a_developers_marts(house):
    with (
        closing(
            psycopg2.connect(house.reader + "?options=-csearch_path%3Dalice_marts")
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("show search_path")

        assert cursor.fetchall() == [("alice_marts",)]


def test_a_column_whose_relationship_is_tested_says_what_it_joins():
    nodes = manifest()["nodes"]
    tested = [
        (nodes[node["attached_node"]], node["column_name"], node["test_metadata"])
        for node in nodes.values()
        if (node.get("test_metadata") or {}).get("name") == "relationships"
    ]

    assert len(tested) > 12
    for model, column, test in tested:
        if column is None:
            continue
        parent = re.search(r"ref\('(\w+)'\)", test["kwargs"]["to"])[1]
        said = f"oins {parent}.{test['kwargs']['field']}"
        assert said in model["columns"][column]["description"], (model["name"], column)


def test_the_docs_name_the_loan_marts_and_information_schema_keeps_them_back(house):
    closed = {
        name
        for (name,) in house.query(
            "select relname from pg_class where relnamespace = 'marts'::regnamespace "
            "and relkind in ('r', 'v') and not has_table_privilege(oid, 'select')"
        )
    }
    text = (ROOT / "docs" / "bi.md").read_text()
    (said,) = re.findall(r"## The loan marts\n\n(.*?) are personal data", text)

    assert set(re.findall(r"`(\w+)`", said)) == closed
    listed = house.query("select table_name from information_schema.tables")
    assert not {name for (name,) in listed} & closed
