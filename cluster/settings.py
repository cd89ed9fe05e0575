"""Where the landed files lie, and where Spark and its jar of Iceberg do."""

import os
from importlib.resources import files
from pathlib import Path

import warehouse

BUCKET_URL = "DESTINATION__FILESYSTEM__BUCKET_URL"
"""dlt's own name of the setting, which dbt reads, too."""


def bucket_url() -> str:
    """Return the folder or bucket that pages land in; else WAREHOUSE_DIR/pages."""
    return os.environ.get(BUCKET_URL) or str(warehouse.warehouse_dir() / "pages")


def spark_home() -> Path:
    """Return the folder of pyspark.

    Raises WarehouseError, with what installs it, where it is not there.
    """
    try:
        import pyspark
    except ImportError as error:
        raise warehouse.WarehouseError(
            "Spark is not installed here: run make install-cluster."
        ) from error
    return Path(pyspark.__path__[0])


def iceberg_jar() -> Path:
    """Return the jar of Iceberg for Spark 3.5 that a package of the lock has."""
    package = files("snowpark_connect_deps_iceberg") / "jars"
    [jar] = Path(str(package)).glob("iceberg-spark-runtime-3.5_2.12-*.jar")
    return jar
