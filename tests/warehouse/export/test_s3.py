"""An s3:// address, by settings, against a stand-in of S3."""

import subprocess

import pytest

from tests.warehouse.export.conftest import HERE, READERS
from tests.warehouse.export.test_interruptions import CHANGED, MART, READINGS

pytestmark = pytest.mark.export


@pytest.fixture
def bucket():
    """Return the settings that lead to a bucket `lake`."""
    from pyarrow.fs import S3FileSystem

    with subprocess.Popen(  # noqa: S603 - our own script
        [str(READERS), str(HERE / "by_moto.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as serving:
        endpoint = serving.stdout.readline().strip()
        assert endpoint, "it did not start"
        S3FileSystem(
            access_key="us",
            secret_key="hush",  # noqa: S106 - a stand-in's
            endpoint_override=endpoint,
            region="us-east-1",
            allow_bucket_creation=True,
        ).create_dir("lake")
        yield {
            "EXPORT__URI": "s3://lake/marts",
            "EXPORT__S3__ENDPOINT": endpoint,
            "EXPORT__S3__REGION": "us-east-1",
            "EXPORT__S3__ACCESS_KEY_ID": "us",
            "EXPORT__S3__SECRET_ACCESS_KEY": "hush",
        }
        serving.stdin.close()


def test_marts_are_exported_to_s3_and_go_on_there(marts, bucket):
    from warehouse.export.exports import S3

    options = {S3[name]: value for name, value in bucket.items() if name in S3}
    marts.build(MART, READINGS)
    marts.export(**bucket)
    marts.build(MART, CHANGED)

    said = marts.export(**bucket)

    assert "partitions" in said
    assert marts.table(MART, options).location() == f"s3://lake/marts/{MART}"
    assert marts.exported(MART, options) == marts.rows(MART)
    assert not marts.iceberg.exists()
    assert marts.export(**bucket) == ""
