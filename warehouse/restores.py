"""The way back from a backup: all at once, with every writer out of the way."""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from subprocess import DEVNULL, PIPE
from typing import IO

from warehouse import clients, connections, dlt_state, roles, settings, turns
from warehouse.archives import SCHEMAS, reading
from warehouse.errors import WarehouseError

BUILT = SCHEMAS[1:]
LOCK = """
do $$
begin
    -- each build begins there: so it waits before it holds anything that we want
    if to_regclass('ops.versions') is not null then
        lock table ops.versions in access exclusive mode;
    end if;
end;
$$;
"""
EMPTY = f"drop schema if exists {', '.join(SCHEMAS)} cascade;"
EMPTY_BUILT = f"""
drop schema if exists {", ".join(BUILT)} cascade;
{" ".join(f"create schema {schema};" for schema in BUILT)}
grant usage on schema marts to reader;
"""
EMPTY_RAW = """
do $$
declare
    found record;
begin
    for found in select tablename from pg_tables where schemaname = 'raw' loop
        execute format('drop table raw.%I cascade', found.tablename);
    end loop;
end;
$$;
"""
FILLED = "select from pg_tables where schemaname = any(%s) limit 1"
UNKNOWN_TO_16 = b"SET transaction_timeout = 0;\n"
"""What newer programs set, to its default, and PostgreSQL 16 refuses."""


def is_empty() -> bool:
    """Say whether the warehouse has no table of ours yet."""
    with closing(connections.connect()) as held, held.cursor() as cursor:
        cursor.execute(FILLED, (list(SCHEMAS),))
        return cursor.rowcount == 0


def restore(archive: IO[bytes], say: Callable[[str], None]) -> None:
    """Make the warehouse what the backup holds; `say` tells who is waited for.

    dlt's local state goes first, so that the next runs ask on from the cursors that
    the database then has. The embedded server's data change in one transaction. On
    a server of the user's own the roles take turns, with the ledger emptied before
    and filled after all else, so that what is left on a failure is consistent too.
    """
    with turns.alone(say):
        shutil.rmtree(dlt_state.folder(), ignore_errors=True)
        if settings.kind() == "embedded":
            _play(connections.ADMIN, LOCK + EMPTY, archive)
            admin = connections.connect(connections.ADMIN)
            with closing(admin):
                admin.autocommit = True
                roles.provision(admin, settings.DATABASE)
            return
        _play("transformer", LOCK + EMPTY_BUILT, None)
        _play("loader", EMPTY_RAW, archive, "--no-owner", "--schema=raw")
        built = [f"--schema={schema}" for schema in BUILT]
        _play("transformer", LOCK + EMPTY_BUILT, archive, "--no-owner", *built)


def _play(role: str, first: str, archive: IO[bytes] | None, *words: str) -> None:
    """Run SQL, then a part of a backup, as a role, all of it or nothing."""
    path = clients.program("psql")
    with tempfile.TemporaryFile() as errors:
        writing = clients.start(
            *(role, path, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"),
            **{"stdin": PIPE, "stdout": DEVNULL, "stderr": errors},
        )
        try:
            with writing.stdin as sink:
                sink.write(f"begin; set client_min_messages = error; {first}".encode())
                if archive is not None:
                    with reading(archive, "--file=-", *words) as (stream, end):
                        head = stream.read(1 << 16)
                        sink.write(head.replace(UNKNOWN_TO_16, b""))
                        shutil.copyfileobj(stream, sink, 1 << 20)
                        end()
                sink.write(b"analyze;\ncommit;\n")
        except BrokenPipeError:
            pass  # it has stopped at an error
        finally:
            failed = writing.wait()
        if failed:
            raise WarehouseError(
                f"Not restored ({clients.complaint(errors)}): see to that, and say "
                "python -m warehouse restore again"
            )
