"""A first build with `--empty` makes all tables, and the next one fills them whole."""


def test_a_first_build_of_no_rows_is_followed_by_one_that_is_as_a_fresh_one(
    database, raw, dbt, tables
):
    """Lists that come with the project and what is built from no page are in it."""
    dbt("run", "--empty", "--select", "*")

    dbt("run", "--select", "*")

    names = [name for name in tables.names() if not name.startswith("ops.")]
    filled = {name: rows(database, name) for name in names}
    assert filled["marts.dim_tokens"]
    dbt("run", "--select", "*", "--full-refresh")
    assert {name: rows(database, name) for name in names} == filled


def rows(database, name):
    """Return the rows of a table, but for when and by which build they came."""
    return database.query(
        "select (to_jsonb(held) - '{updated_at,changed_in}'::text[])::text "  # noqa: S608 - a table of ours
        f"from {name} as held order by 1"
    )
