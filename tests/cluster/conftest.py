"""A Postgres and a Spark cluster side by side, fed by the same loads."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import psycopg2
import pytest

from cluster import spark
from cluster.settings import BUCKET_URL
from tests.support.database import Database
from tests.support.raw import Raw
from tests.support.throwaway import clean_environment, fresh_database
from warehouse import ROOT, WarehouseError

HERE = Path(__file__).parent
ON_POSTGRES = (
    *("+fct_candles_1w", "stg_binance__klines__rejected"),
    "stg_coinbase__candles__rejected",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs Spark where it can't run, but for CI."""
    if "CI_RUN" in os.environ:
        return
    why = _lacking()
    for item in items:
        if why and HERE in item.path.parents and item.get_closest_marker("cluster"):
            item.add_marker(pytest.mark.skip(reason=why))


def _lacking() -> str:
    """Return what Spark lacks here, in a sentence."""
    if not find_spec("pyspark"):
        return "the cluster is tried by: make test-cluster"
    try:
        spark.check_java()
    except WarehouseError as error:
        return str(error)
    return ""


@dataclass
class Both:
    """The two, with what is landed in one and goes on to the other."""

    raw: Raw
    cluster: spark.Cluster
    environment: dict[str, str] = field(repr=False)

    def begin(self, *words: str) -> subprocess.Popen:
        """Begin a command of dbt's or ours."""
        return subprocess.Popen(  # noqa: S603 - our own commands
            words,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def land(self) -> None:
        """Land for Spark what Postgres has."""
        self.end(self.begin(sys.executable, "-m", "cluster", "land"))

    def on_spark(self, *words: str) -> subprocess.Popen:
        """Land, and begin dbt on Spark."""
        self.land()
        words = words or ("build", "--select", "tag:cluster")
        folder = self.cluster.folder
        return self.begin(*_dbt(ROOT / "cluster", folder, *words, "--target", "spark"))

    @staticmethod
    def end(process: subprocess.Popen) -> str:
        """Wait for the end of a command that goes well; return what it said."""
        said, _ = process.communicate(timeout=900)
        assert process.returncode == 0, said
        return said

    def build(self) -> str:
        """Build what landed on both; return what dbt said on Spark."""
        on_spark = self.on_spark()
        self.build_postgres()
        return self.end(on_spark)

    def build_postgres(self) -> None:
        """Build what landed on Postgres."""
        folder = self.cluster.folder
        words = ("build", "--exclude-resource-type", "unit_test", "-s", *ON_POSTGRES)
        self.end(self.begin(*_dbt(ROOT / "dbt_project", folder, *words)))

    def spark_rows(self, sql: str) -> list[dict]:
        """Return a query's rows as Spark has them."""
        from pyhive import hive

        with (
            closing(hive.connect("127.0.0.1", self.cluster.thrift)) as held,
            closing(held.cursor()) as asking,
        ):
            asking.execute(sql)
            names = [column[0].split(".")[-1] for column in asking.description]
            return [dict(zip(names, row, strict=True)) for row in asking.fetchall()]

    def change_on_spark(self, sql: str) -> None:
        """Run a statement that has no rows, of which PyHive can't be asked."""
        from pyhive import hive

        with (
            closing(hive.connect("127.0.0.1", self.cluster.thrift)) as held,
            closing(held.cursor()) as asking,
        ):
            asking.execute(sql)

    def postgres_rows(self, sql: str) -> list[dict]:
        """Return a query's rows as Postgres has them, times without their zone, UTC."""
        with (
            closing(psycopg2.connect(self.environment["POSTGRES_URL"])) as held,
            held.cursor() as asking,
        ):
            asking.execute(sql)
            names = [column.name for column in asking.description]
            return [
                dict(zip(names, map(_without_zone, row), strict=True))
                for row in asking.fetchall()
            ]


@pytest.fixture(scope="module")
def both(server, tmp_path_factory) -> Iterator[Both]:
    """Return a warehouse on each, with nothing in it."""
    folder = tmp_path_factory.mktemp("cluster")
    with fresh_database(server, folder) as values, spark.running(folder) as cluster:
        url = "postgresql://transformer:{PGPASSWORD}@{PGHOST}:{PGPORT}/{PGDATABASE}"
        environment = clean_environment(
            **values,
            **{BUCKET_URL: str(folder / "pages")},
            POSTGRES_URL=url.format(**values),
            SPARK_PORT=str(cluster.thrift),
        )
        urls = {"loader": values["LOADER_URL"], "transformer": url.format(**values)}
        yield Both(Raw(Database(urls, folder)), cluster, environment)


def _dbt(project: Path, folder: Path, *words: str) -> list[str]:
    target = folder / f"dbt-{project.name}"
    return [
        *(str(Path(sys.executable).with_name("dbt")), *words, "--no-use-colors"),
        *("--project-dir", str(project), "--profiles-dir", str(ROOT)),
        *("--target-path", str(target), "--log-path", str(target)),
    ]


def _without_zone(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return value
