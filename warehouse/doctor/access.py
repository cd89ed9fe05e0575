"""Roles and rights: what `roles.sql` says, held against what the database has."""

from typing import TYPE_CHECKING

from warehouse import settings
from warehouse.doctor.finding import Finding, Findings, psql, rows

if TYPE_CHECKING:
    from psycopg2.extensions import connection

ROLES = """
select
    names.name,
    rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls
from unnest(%s) as names (name)
left join pg_roles on pg_roles.rolname = names.name
"""
MEMBERS = """
select members.rolname, groups.rolname
from pg_auth_members
inner join pg_roles as members on pg_auth_members.member = members.oid
inner join pg_roles as groups on pg_auth_members.roleid = groups.oid
where members.rolname = any(%s) and groups.rolname != 'pg_read_all_stats'
    -- who may so end the reader's sessions, and who may read what the reader may
    and not (
        members.rolname in ('transformer', 'exporter')
        and groups.rolname = 'reader'
        and not pg_auth_members.set_option
    )
order by 1, 2
"""
LIMITS = """
select wanted.setting, wanted.value
from (
    values
    ('default_transaction_read_only', 'on', '=(on|true|yes|1)$'),
    ('statement_timeout', '2min', '=[1-9]'),
    ('idle_in_transaction_session_timeout', '10min', '=[1-9]'),
    ('search_path', 'marts', '=marts($|,)'),
    ('transaction_timeout', '1h', '=[1-9]'),
    ('temp_file_limit', '2GB', '=[1-9]'),
    ('log_min_messages', 'fatal', '=fatal$')
) as wanted (setting, value, fits)
where
    -- before PostgreSQL 17, or where nobody who asks us may set it
    (wanted.setting != 'transaction_timeout' or %s)
    and (wanted.setting not in ('temp_file_limit', 'log_min_messages') or %s)
    and not exists (
        select 1
        from pg_db_role_setting, unnest(setconfig) as entries (entry)
        where
            setrole = to_regrole('reader')
            and setdatabase in (
                0, (select oid from pg_database where datname = current_database())
            )
            and entry ~ ('^' || wanted.setting || wanted.fits)
    )
"""
# by which locks are held, sessions ended, disks filled
CLOSED = """
select oid::regprocedure::text
from pg_proc
where
    pronamespace = 'pg_catalog'::regnamespace
    and proname ~ '^pg_(try_)?advisory_|^pg_terminate_backend$|^lo_|^pg_logical_emit_'
    and has_function_privilege('reader', oid, 'execute')
order by 1
"""
OWNERS = """
with things as (
    select
        relnamespace as place, relowner as owner, 'table' as kind,
        oid::regclass::text as name
    from pg_class
    where relkind in ('r', 'p', 'v', 'm', 'f')
    union all
    select pronamespace, proowner, 'function', oid::regprocedure::text
    from pg_proc
    union all
    select oid, nspowner, 'schema', quote_ident(nspname)
    from pg_namespace
)

select
    things.kind,
    things.name,
    case when pg_namespace.nspname = 'raw' then 'loader' else 'transformer' end
from things
inner join pg_namespace on things.place = pg_namespace.oid
where
    pg_namespace.nspname in ('raw', 'staging', 'intermediate', 'marts', 'ops')
    and pg_get_userbyid(things.owner)
    != case when pg_namespace.nspname = 'raw' then 'loader' else 'transformer' end
order by 1, 2
"""
# it would come first for whoever logs in as that role
NAMESAKES = """
select quote_ident(nspname), pg_get_userbyid(nspowner)
from pg_namespace
where
    nspname in (select rolname from pg_roles)
    and pg_get_userbyid(nspowner) = any(%s)
order by 1
"""
SCRIPT = "python -m warehouse psql --role admin -f warehouse/postgres/roles.sql"


def roles_and_members(held: "connection") -> Findings:
    """Find roles that are missing, may too much, or act for another."""
    for role, is_mighty in rows(held, ROLES, list(settings.LOGINS)):
        if is_mighty is None:
            yield Finding(f"There is no role {role}.", as_admin(SCRIPT))
        elif is_mighty:
            powers = "nosuperuser nocreaterole nocreatedb noreplication nobypassrls"
            yield Finding(
                f"The role {role} may do more than its work.",
                as_admin(psql(f"alter role {role} {powers}", "admin")),
            )
    for member, group in rows(held, MEMBERS, list(settings.LOGINS)):
        yield Finding(
            f"The role {member} may act as {group}.",
            as_admin(psql(f'revoke "{group}" from {member}', "admin")),
        )


def readers_limits(held: "connection") -> Findings:
    """Find what `roles.sql` sets for the reader, such as a timeout, and is not set."""
    is_ours = settings.kind() == "embedded"
    is_known = held.server_version >= 170000
    for setting, value in rows(held, LIMITS, is_known, is_ours):
        statement = f"alter role reader set {setting} = '{value}'"
        yield Finding(
            f"The reader has no {setting}.", as_admin(psql(statement, "admin"))
        )


def readers_functions(held: "connection") -> Findings:
    """Find functions that hold up or fill, and that the reader may execute."""
    found = rows(held, CLOSED) if settings.kind() == "embedded" else []
    for (name,) in found:
        yield Finding(
            f"The reader may execute {name}.",
            psql(f"revoke execute on function {name} from public, reader", "admin"),
        )


def owners(held: "connection") -> Findings:
    """Find what belongs to another role than the one that works with it."""
    for kind, name, owner in rows(held, OWNERS):
        statement = f"alter {kind} {name} owner to {owner}"
        yield Finding(
            f"The {kind} {name} does not belong to {owner}.",
            as_admin(psql(statement, "admin")),
        )


def namesakes(held: "connection") -> Findings:
    """Find schemas that are named as a role: its sessions look there first."""
    for name, owner in rows(held, NAMESAKES, list(settings.LOGINS)):
        yield Finding(
            f"The schema {name} of {owner} is where the role of that name looks first.",
            psql(f"drop schema {name} cascade", owner),
        )


def as_admin(command: str) -> str:
    """Return the command; on a server of the user's own its administrator says it."""
    if settings.kind() == "embedded":
        return command
    return command.replace("python -m warehouse psql --role admin", "psql") + (
        "   as the server's administrator"
    )
