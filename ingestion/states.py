"""Queries of the loads whose pages stay for good in a table that is a state.

The other tables are streams: an answer is of its own time, and is over once it was
read. `{table}` is the raw table.
"""

ALL = "select _dlt_load_id from raw.{table}"
REJECTED = "select load_id from staging.stg_{table}__rejected"
NEWEST_WHOLE = """
(select load_id from staging.stg_{table} order by snapshot_at desc limit 1)
"""


def newest_of(key: str) -> str:
    """Return the query of the newest complete load of each value of an expression."""
    return f"""
    select distinct on ({key}) _dlt_load_id
    from raw.{{table}}
    where _dlt_load_id in (select load_id from raw._dlt_loads where status = 0)
    order by {key}, fetched_at desc, _dlt_load_id desc
    """  # noqa: S608 - an expression of ours
