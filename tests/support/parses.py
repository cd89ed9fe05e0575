"""dbt's project as it was parsed, once for all workers of a session and all servers.

dbt parses anew for another server, though in what it keeps nothing differs but a
checksum of the address, where the database has the same name. So that checksum alone is
written for the server of the environment.
"""

import fcntl
import os
import pprint
import zlib
from argparse import Namespace
from pathlib import Path

from warehouse import ROOT
from warehouse.manifest import PARSED, PROJECT

CHECKSUM = "checksum"


class Parses:
    """What was parsed for each `--vars`, in a folder that all workers see."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def lend(self, target: Path, variables: str = "", file: str = PARSED) -> None:
        """Put into a target folder what dbt is to go on from, parsed where none was."""
        here, database = _address()
        folder = self.folder / f"{database}-{zlib.crc32(variables.encode())}"
        folder.mkdir(exist_ok=True)
        known = folder / CHECKSUM
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not known.exists():
                _parse(folder, variables)
                known.write_text(here)
        parsed = (folder / PARSED).read_bytes()
        assert known.read_bytes() in parsed
        target.mkdir(parents=True, exist_ok=True)
        draft = target / f"{file}.{os.getpid()}"
        draft.write_bytes(parsed.replace(known.read_bytes(), here.encode()))
        draft.replace(target / file)  # whole, for those that read it meanwhile


def _parse(folder: Path, variables: str) -> None:
    from dbt.cli.main import dbtRunner

    places = {
        "--project-dir": PROJECT,
        "--profiles-dir": ROOT,
        "--target-path": folder,
        "--log-path": folder,
    }
    options = [str(word) for place in places.items() for word in place]
    if variables:
        options += ["--vars", variables]
    done = dbtRunner().invoke(
        ["parse", "--quiet", "--log-level-file", "none", *options]
    )
    assert done.success, done.exception


def _address() -> tuple[str, str]:
    """Return what dbt makes of the server's address in the profile, and its database.

    The database stands in each node that was parsed.
    """
    from dbt.artifacts.resources import FileHash
    from dbt.config.runtime import load_profile
    from dbt.flags import set_from_args
    from dbt_common.context import set_invocation_context

    set_invocation_context(os.environ)
    set_from_args(Namespace(PROFILES_DIR=ROOT, PROJECT_DIR=PROJECT), None)
    server = load_profile(str(PROJECT), {}).credentials
    address = pprint.pformat(sorted(server.connection_info()))
    return FileHash.from_contents(address).checksum, server.database
