"""Who runs the embedded server (PostgreSQL refuses root) and where it may live."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import WarehouseError

UNPRIVILEGED = ("postgres", "nobody")
FALLBACK = Path("/var/tmp")  # noqa: S108 - shared: `private_folder` checks the owner


@dataclass(frozen=True)
class Account:
    """A user of the operating system."""

    name: str
    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        """Say whether this process already runs as that user."""
        return self.uid == os.geteuid()

    def run(
        self, *command: str | Path, cwd: Path, keep: tuple[int, ...] = ()
    ) -> subprocess.CompletedProcess:
        """Run a command as this user, with nothing of our environment or terminal."""
        identity = {} if self.is_us else _identity(self)
        return subprocess.run(  # noqa: S603 - our own binaries and paths
            [str(word) for word in command],
            cwd=cwd,
            env={"PATH": os.defpath, "LC_ALL": "C", "HOME": str(cwd)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            umask=0o077,
            pass_fds=keep,
            **identity,
        )

    def reaches(self, folder: Path) -> bool:
        """Say whether this user can enter a folder, all its parents included."""
        entered = self.run("/bin/sh", "-c", 'cd -- "$1"', "sh", folder, cwd=Path("/"))
        return entered.returncode == 0


def _identity(account: Account) -> dict[str, object]:
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def server_account() -> Account:
    """Return ourselves, or for root an existing user without privileges.

    Raises WarehouseError if root finds neither `postgres` nor `nobody`.
    """
    if os.geteuid() != 0:
        return Account("you", os.geteuid(), os.getegid())
    for name in UNPRIVILEGED:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, found.pw_uid, found.pw_gid)
    raise WarehouseError(
        "PostgreSQL refuses to run as root, and there is neither a user postgres nor "
        "nobody: run this as another user, or add one with useradd --system postgres"
    )


def choose_home(directory: Path, account: Account) -> Path:
    """Return where the server's files go: the folder itself, if its user gets there.

    Otherwise a folder of its own beneath /var/tmp: parents are never opened up.
    """
    if account.is_us or account.reaches(directory):
        return directory
    digest = hashlib.sha256(str(directory).encode()).hexdigest()[:16]
    return FALLBACK / f"tickhouse-{digest}"


def private_folder(path: Path, owner: int, group: int | None = None) -> None:
    """Make a folder that only its owner enters, and may be one group (not lists).

    It is made beside its final path and moved there: nobody meets it half made. Raises
    WarehouseError if a link, or what another user made, lies there already.
    """
    if not os.path.lexists(path):
        draft = Path(tempfile.mkdtemp(dir=path.parent, prefix=f"making-{path.name}-"))
        if os.geteuid() == 0:
            os.chown(draft, owner, -1 if group is None else group)
        if group is not None:
            draft.chmod(0o710)
        try:
            draft.rename(path)
        except OSError:  # another's is there meanwhile: it is looked at below
            draft.rmdir()
            if not os.path.lexists(path):
                raise
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise WarehouseError(
            f"{path} is a link or another user's: find out who put it there, "
            "remove it, or set WAREHOUSE_DIR to another folder."
        )


def warehouse_folder(directory: Path) -> None:
    """Make WAREHOUSE_DIR, if need be: ours, and for the server's user to pass through.

    A folder that exists keeps its mode.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    if not directory.is_dir():
        account = server_account()
        group = None if account.is_us else account.gid
        private_folder(directory, os.geteuid(), group)


def remove(path: Path) -> None:
    """Delete a file, a link or a whole folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
