"""Spark over tables' newest metadata, of which it gets the paths, on this machine."""

import json
import sys
import tempfile
from pathlib import Path

from printed import digest
from pyspark.sql import SparkSession

[jar] = Path(sys.prefix).rglob("iceberg-spark-runtime-3.5_2.12-*.jar")
with tempfile.TemporaryDirectory() as folder:
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.driver.extraClassPath", str(jar))
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "1g")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", folder)
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    found = {}
    for name, (metadata, columns) in json.loads(sys.stdin.read()).items():
        read = session.read.format("iceberg").load(metadata).select(*columns)
        found[name] = digest(map(tuple, read.collect()))
    session.stop()
print(json.dumps(found))
