"""The way back from a backup: all at once, with every writer out of the way.

What a backup has in it is run by the roles that own it, who may do no more than that.
"""

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from subprocess import DEVNULL, PIPE
from typing import IO, TYPE_CHECKING

from warehouse import dlt_state, locks, plainness, settings
from warehouse.backup.archives import SCHEMAS, Archive
from warehouse.errors import WarehouseError
from warehouse.postgres import clients, connections, roles

if TYPE_CHECKING:
    from psycopg2.extensions import cursor

BUILT = SCHEMAS[1:]
# each build begins there: so it waits before it holds anything that we want
LOCK = r"""
select 'lock table ops.versions in access exclusive mode'
where to_regclass('ops.versions') is not null
\gexec
"""
# also of what is granted on new tables, for those that come back closed
EMPTY = r"""
select format('drop %s if exists %s cascade', things.kind, things.name)
from (
    select
        case relkind
            when 'v' then 'view'
            when 'm' then 'materialized view'
            when 'f' then 'foreign table'
            when 'S' then 'sequence'
            else 'table'
        end as kind,
        oid::regclass::text as name,
        relnamespace as place
    from pg_class
    where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and not relispartition
    union all
    select 'routine', oid::regprocedure::text, pronamespace
    from pg_proc
    union all
    select 'type', oid::regtype::text, typnamespace
    from pg_type
    where
        typtype in ('d', 'e', 'r')
        or typrelid in (select oid from pg_class where relkind = 'c')
) as things
where things.place::regnamespace::text in ('{0}')
\gexec

select
    format(
        'alter default privileges for role %s in schema %s revoke %s on %s from %s',
        known.defaclrole::regrole,
        known.defaclnamespace::regnamespace,
        rights.privilege_type,
        case known.defaclobjtype
            when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types'
            else 'tables'
        end,
        case rights.grantee when 0 then 'public' else rights.grantee::regrole::text end
    )
from pg_default_acl as known
cross join aclexplode(known.defaclacl) as rights
where
    known.defaclnamespace != 0
    and known.defaclnamespace::regnamespace::text in ('{0}')
\gexec
"""
EMPTY_RAW = EMPTY.format("raw")
EMPTY_BUILT = EMPTY.format("', '".join(BUILT))
# before rows come: what a role is set to in one session may be set otherwise by a trap
PLAIN = f"""
do $$
declare
    found text;
begin
    select concat_ws(' ', thing, reason)
    into found
    from ({plainness.UNPLAIN}) as unplain
    limit 1;
    if found is not null then
        raise exception '%', found;
    end if;
end;
$$;
"""  # noqa: S608 - ours
FILLED = "select from pg_tables where schemaname = any(%s) limit 1"
UNKNOWN_TO_16 = b"SET transaction_timeout = 0;\n"
"""What newer programs set, to its default, and PostgreSQL 16 refuses."""
RESTRICTED = b"\\restrict "
"""By which psql takes no command of its own from a backup."""
RESTORER = "restorer"

Step = str | tuple[str, str]
"""SQL, or a part of the backup and the section of it."""


def is_empty() -> bool:
    """Say whether the warehouse has no table of ours yet."""
    with closing(connections.connect()) as held, held.cursor() as cursor:
        cursor.execute(FILLED, (list(SCHEMAS),))
        return cursor.rowcount == 0


def restore(archive: Archive, say: Callable[[str], None]) -> None:
    """Make the warehouse what the backup holds; `say` gets who is waited for.

    dlt's local state goes first, so that the next runs ask on from the cursors that
    the database then has. The embedded server's data change in one transaction, of a
    role that may act as loader and transformer. On a server of the user's own the
    roles go one by one, with the ledger emptied before and filled after all else, so
    that what is left on a failure is consistent too.
    """
    sections = ("pre-data", "data", "post-data")
    before, *after = (("raw", section) for section in sections)
    built = [("built", section) for section in sections]
    with locks.exclusive(say):
        shutil.rmtree(dlt_state.folder(), ignore_errors=True)
        if settings.kind() == "embedded":
            with _restorer() as login:
                loader, own = "set role loader;", "reset role;"
                _play(
                    *(login, archive, "set role transformer;", LOCK, EMPTY_BUILT),
                    *(loader, EMPTY_RAW, before, own, PLAIN, loader, *after),
                    *("analyze;", "set role transformer;", *built, "analyze;"),
                )
            _provision()
            return
        loader, transformer = clients.login("loader"), clients.login("transformer")
        _play(transformer, archive, LOCK, EMPTY_BUILT)
        _play(loader, archive, EMPTY_RAW, before, *after, "analyze;")
        _play(transformer, archive, LOCK, EMPTY_BUILT, *built, "analyze;")


@contextmanager
def _restorer() -> Iterator[dict[str, str]]:
    """Make a login for the time of a restore: both owners in one, and no more."""
    from psycopg2.extensions import encrypt_password

    secret = secrets.token_hex(16)
    with closing(connections.connect(connections.ADMIN)) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            _drop(cursor)  # what a killed restore left
            verifier = encrypt_password(secret, RESTORER, admin, "scram-sha-256")
            cursor.execute(f"create role {RESTORER} login password %s", (verifier,))
            cursor.execute(f"grant loader, transformer to {RESTORER}")
            try:
                login = clients.login("transformer")
                yield {**login, "PGUSER": RESTORER, "PGPASSWORD": secret}
            finally:
                _drop(cursor)


def _drop(cursor: "cursor") -> None:
    cursor.execute("select from pg_roles where rolname = %s", (RESTORER,))
    if cursor.rowcount:
        cursor.execute(f"drop owned by {RESTORER} cascade")
        cursor.execute(f"drop role {RESTORER}")


def _provision() -> None:
    with closing(connections.connect(connections.ADMIN)) as admin:
        admin.autocommit = True
        roles.provision(admin, settings.DATABASE)


def _play(login: Mapping[str, str], archive: Archive, *steps: Step) -> None:
    """Run SQL and parts of a backup in one transaction: all of it or nothing."""
    path = clients.program("psql")
    with tempfile.TemporaryFile() as errors:
        writing = clients.start(
            *(login, path, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"),
            **{"stdin": PIPE, "stdout": DEVNULL, "stderr": errors},
        )
        try:
            with writing.stdin as sink:
                sink.write(b"begin; set client_min_messages = error;\n")
                sink.write(b"set search_path = pg_catalog, pg_temp;\n")
                for step in steps:
                    if isinstance(step, str):
                        sink.write(f"{step}\n".encode())
                    else:
                        _send(archive, step, sink)
                sink.write(b"commit;\n")
        except BrokenPipeError:
            pass  # it has stopped at an error
        finally:
            failed = writing.wait()
        if failed:
            raise WarehouseError(
                f"Not restored ({clients.complaint(errors)}): fix that, then run: "
                "python -m warehouse restore"
            )


def _send(archive: Archive, step: tuple[str, str], sink: IO[bytes]) -> None:
    part, section = step
    with archive.reading(part, section) as (stream, end):
        head = stream.read(1 << 16)
        if head and RESTRICTED not in head:
            raise WarehouseError(
                "This pg_restore is older than August 2025, and lets a backup say "
                "commands to this machine: update PostgreSQL's programs."
            )
        sink.write(head.replace(UNKNOWN_TO_16, b""))
        shutil.copyfileobj(stream, sink, 1 << 20)
        end()
