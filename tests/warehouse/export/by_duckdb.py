"""DuckDB's own iceberg_scan over folders, of which it gets the names."""

import json
import sys
from pathlib import Path

import duckdb
from printed import digest

connection = duckdb.connect(config={"autoinstall_known_extensions": False})
for name in ("avro", "iceberg"):
    module = __import__(f"duckdb_extension_{name}")
    folder = Path(module.__path__[0])
    [extension] = folder.rglob(f"{name}.duckdb_extension")
    connection.load_extension(str(extension))
connection.execute("set timezone = 'UTC'; set threads = 1")
found = {}
for name, columns in json.loads(sys.stdin.read()).items():
    rows = connection.execute(
        f"select {columns} from iceberg_scan('{sys.argv[1]}/{name}')"  # noqa: S608
    ).fetchall()
    found[name] = digest(rows)
print(json.dumps(found))
