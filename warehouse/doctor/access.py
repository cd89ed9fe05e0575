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
order by 1, 2
"""
LIMITS = """
select wanted.setting, wanted.value
from (
    values
    ('default_transaction_read_only', 'on', '=(on|true|yes|1)$'),
    ('statement_timeout', '2min', '=[1-9]'),
    ('idle_in_transaction_session_timeout', '10min', '=[1-9]'),
    ('search_path', 'marts', '=marts($|,)')
) as wanted (setting, value, fits)
where not exists (
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
OWNERS = """
with things as (
    select
        relnamespace as place, relowner as owner, 'table' as kind,
        oid::regclass::text as name
    from pg_class
    where relkind in ('r', 'v')
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
SCRIPT = "python -m warehouse psql --role admin -f warehouse/roles.sql"


def roles_and_members(held: "connection") -> Findings:
    """Find roles that are missing, may too much, or act for another."""
    for role, is_mighty in rows(held, ROLES, list(settings.ROLES)):
        if is_mighty is None:
            yield Finding(f"There is no role {role}.", as_admin(SCRIPT))
        elif is_mighty:
            powers = "nosuperuser nocreaterole nocreatedb noreplication nobypassrls"
            yield Finding(
                f"The role {role} may do more than its work.",
                as_admin(psql(f"alter role {role} {powers}", "admin")),
            )
    for member, group in rows(held, MEMBERS, list(settings.ROLES)):
        yield Finding(
            f"The role {member} may act as {group}.",
            as_admin(psql(f'revoke "{group}" from {member}', "admin")),
        )


def readers_limits(held: "connection") -> Findings:
    """Find what `roles.sql` sets for the reader, such as a timeout, and is not set."""
    for setting, value in rows(held, LIMITS):
        statement = f"alter role reader set {setting} = '{value}'"
        yield Finding(
            f"The reader has no {setting}.", as_admin(psql(statement, "admin"))
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
    for name, owner in rows(held, NAMESAKES, list(settings.ROLES)):
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
