"""`python -m cluster`: land pages for Spark, or run a cluster on this machine."""

import argparse
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

import warehouse
from cluster import spark
from cluster.settings import BUCKET_URL, bucket_url


def land(_: argparse.Namespace) -> int:
    """Land what Postgres has and the files have not."""
    from cluster.land import land

    rows = land()
    for table, count in rows.items():
        print(f"Landed {table}: {count:,} rows in {bucket_url()}")
    if not rows:
        print(f"Nothing new: {bucket_url()}")
    return 0


def up(_: argparse.Namespace) -> int:
    """Run a cluster until it is interrupted."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        suppress(KeyboardInterrupt),
        spark.running(warehouse.warehouse_dir() / "spark") as cluster,
    ):
        print(f"Spark answers. For dbt:\nexport SPARK_PORT={cluster.thrift}")
        print(f"export {BUCKET_URL}={bucket_url()}", flush=True)
        signal.pause()
    return 0


def parser() -> argparse.ArgumentParser:
    """Return what the command line may say."""
    top = argparse.ArgumentParser("python -m cluster", description=__doc__)
    commands = top.add_subparsers(required=True)
    for command in (land, up):
        added = commands.add_parser(command.__name__, help=command.__doc__)
        added.set_defaults(run=command)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors are one sentence, exit 1."""
    options = parser().parse_args(arguments)
    try:
        warehouse.activate()
        return options.run(options)
    except warehouse.WarehouseError as error:
        print(error, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
