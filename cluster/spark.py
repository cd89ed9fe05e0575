"""A cluster on this machine: a master, two workers and the SQL server, as processes.

pyspark's wheel lacks the scripts that start them, and has the classes.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import psutil

import warehouse
from cluster.settings import iceberg_jar, spark_home

HOST = "127.0.0.1"
CATALOG = "spark.sql.catalog.spark_catalog"
SECONDS = 120
"""How long one of them may take until it answers."""
JAVA = 17


@dataclass
class Cluster:
    """The processes, by name, and the ports on which they are asked."""

    folder: Path
    master: int
    master_pages: int
    application_pages: int
    thrift: int
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    def executors(self) -> list[dict]:
        """Return the executors that there are and were, as Spark's own pages tell."""
        address = f"http://{HOST}:{self.application_pages}/api/v1/applications"
        [application] = _asked(address)
        executors = _asked(f"{address}/{application['id']}/allexecutors")
        return [each for each in executors if each["id"] != "driver"]


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """Run a cluster whose tables and logs are in the folder; all of it ends with it."""
    check_java()
    cluster = Cluster(folder, *_free_ports(4))
    try:
        _begin_master(cluster)
        for number in (1, 2):
            begin_worker(cluster, f"worker-{number}")
        _begin_server(cluster)
        yield cluster
    finally:
        end(cluster, *reversed(cluster.processes))


def begin_worker(cluster: Cluster, name: str) -> None:
    """Begin a worker of one core, and wait until the master knows it."""
    _begin(
        cluster,
        name,
        spark_class() + ["org.apache.spark.deploy.worker.Worker"],
        *("--host", HOST, "--cores", "1", "--memory", "1g", "--webui-port", "0"),
        *("--work-dir", str(cluster.folder / name)),
        f"spark://{HOST}:{cluster.master}",
    )
    known = sum(each.startswith("worker") for each in cluster.processes)
    address = f"http://{HOST}:{cluster.master_pages}/json/"
    _wait(
        cluster,
        name,
        lambda: (
            sum(each["state"] == "ALIVE" for each in _asked(address)["workers"])
            >= known
        ),
    )


def end(cluster: Cluster, *names: str) -> None:
    """End processes and what they began, and wait until they are gone."""
    for name in names:
        process = cluster.processes.pop(name)
        family = [psutil.Process(process.pid)] if process.poll() is None else []
        for parent in list(family):
            family += parent.children(recursive=True)
        for each in family:
            each.terminate()
        _, left = psutil.wait_procs(family, timeout=20)
        for each in left:
            each.kill()
        psutil.wait_procs(left, timeout=20)
        process.wait()


def check_java() -> None:
    """Raise WarehouseError where no Java 17 runs here."""
    java = shutil.which("java", path=_path())
    said = (
        subprocess.run([java, "-version"], capture_output=True, text=True).stderr  # noqa: S603
        if java
        else ""
    )
    if f'version "{JAVA}.' not in said:
        raise warehouse.WarehouseError(
            f"Spark needs Java {JAVA}, which is not here: "
            f"apt-get install openjdk-{JAVA}-jre-headless"
        )


def spark_class() -> list[str]:
    """Return the command that runs a class of Spark's."""
    return [str(spark_home() / "bin" / "spark-class")]


def _begin_master(cluster: Cluster) -> None:
    _begin(
        cluster,
        "master",
        spark_class() + ["org.apache.spark.deploy.master.Master"],
        *("--host", HOST, "--port", str(cluster.master)),
        *("--webui-port", str(cluster.master_pages)),
    )
    _wait(
        cluster, "master", lambda: _asked(f"http://{HOST}:{cluster.master_pages}/json/")
    )


def _begin_server(cluster: Cluster) -> None:
    """Begin the SQL server, which is the driver of all that dbt asks."""
    settings = {
        # --jars would be lost with the session that asks first
        "spark.driver.extraClassPath": iceberg_jar(),
        "spark.executor.extraClassPath": iceberg_jar(),
        "spark.driver.bindAddress": HOST,
        "spark.driver.host": HOST,
        "spark.executor.memory": "640m",
        "spark.executor.cores": 1,
        "spark.cores.max": 2,
        "spark.ui.port": cluster.application_pages,
        "spark.sql.warehouse.dir": cluster.folder / "tables",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions."
        "IcebergSparkSessionExtensions",
        CATALOG: "org.apache.iceberg.spark.SparkSessionCatalog",
        f"{CATALOG}.type": "hive",
        # Derby has no tables for locks: one server alone may write
        "spark.hadoop.iceberg.engine.hive.lock-enabled": "false",
        "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:;databaseName="
        f"{cluster.folder / 'metastore'};create=true",
        "spark.sql.shuffle.partitions": 2,
        "spark.default.parallelism": 2,
    }
    _begin(
        cluster,
        "server",
        [str(spark_home() / "bin" / "spark-submit")],
        *("--master", f"spark://{HOST}:{cluster.master}"),
        *("--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"),
        *(
            word
            for key, value in settings.items()
            for word in ("--conf", f"{key}={value}")
        ),
        "spark-internal",
        *("--hiveconf", f"hive.server2.thrift.port={cluster.thrift}"),
        *("--hiveconf", f"hive.server2.thrift.bind.host={HOST}"),
    )
    _wait(cluster, "server", lambda: socket.create_connection((HOST, cluster.thrift)))


def _begin(cluster: Cluster, name: str, command: list[str], *words: str) -> None:
    folder = cluster.folder / name
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "PATH": _path(),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_LOCAL_DIRS": str(folder),
        # also the server's heap, which refuses to start with less than 450 MB
        "SPARK_DAEMON_MEMORY": "1g" if name == "server" else "256m",
    }
    with (cluster.folder / f"{name}.log").open("w") as log:
        cluster.processes[name] = subprocess.Popen(  # noqa: S603 - Spark's own
            [*command, *words],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def _wait(cluster: Cluster, name: str, is_there: object) -> None:
    """Wait until it answers.

    Raises WarehouseError, with where its log is, where it ends or takes too long.
    """
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and cluster.processes[name].poll() is None:
        try:
            if is_there():
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise warehouse.WarehouseError(
        f"Spark's {name} does not answer: see {cluster.folder / name}.log"
    )


def _asked(address: str) -> object:
    with urlopen(address, timeout=10) as answer:  # noqa: S310 - our own
        return json.load(answer)


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server((HOST, 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def _path() -> str:
    """Return PATH, with Debian's Java 17 first where it is there."""
    debian = Path("/usr/lib/jvm").glob(f"java-{JAVA}-openjdk-*/bin")
    return os.pathsep.join([*map(str, debian), os.environ.get("PATH", os.defpath)])
