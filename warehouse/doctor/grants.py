"""Grants: who may reach what, beyond or short of what `roles.sql` gives."""

from typing import TYPE_CHECKING

from warehouse import settings
from warehouse.doctor.access import SCRIPT, as_admin
from warehouse.doctor.finding import Finding, Findings, psql, rows

if TYPE_CHECKING:
    from psycopg2.extensions import connection

OURS = "('raw', 'staging', 'intermediate', 'marts', 'ops')"
# what an administrator gives to other roles is the administrator's affair
EXCESS = f"""
with things as (
    select
        'schema' as kind, quote_ident(nspname) as name, nspname as place,
        nspowner as owner, coalesce(nspacl, acldefault('n', nspowner)) as access
    from pg_namespace
    union all
    select
        'table', oid::regclass::text, relnamespace::regnamespace::text,
        relowner, coalesce(relacl, acldefault('r', relowner))
    from pg_class
    where relkind in ('r', 'v', 'm')
    union all
    select
        'table', attrelid::regclass::text, relnamespace::regnamespace::text,
        relowner, attacl
    from pg_attribute
    inner join pg_class on pg_attribute.attrelid = pg_class.oid
    where attacl is not null
    union all
    select
        'function', oid::regprocedure::text, pronamespace::regnamespace::text,
        proowner, coalesce(proacl, acldefault('f', proowner))
    from pg_proc
)

select distinct
    things.kind,
    things.name,
    case grants.grantee when 0 then 'public' else pg_get_userbyid(grants.grantee) end,
    grants.privilege_type,
    pg_get_userbyid(things.owner)
from things
cross join lateral aclexplode(things.access) as grants
where
    things.place in {OURS}
    and grants.grantee != things.owner
    and (
        grants.grantee = 0
        or pg_get_userbyid(grants.grantee) in (
            'loader', 'transformer', 'reader', 'exporter'
        )
    )
    and (things.name, pg_get_userbyid(grants.grantee), grants.privilege_type) not in (
        ('ops.versions', 'exporter', 'SELECT'), ('ops.vanished', 'exporter', 'SELECT')
    )
    and (
        things.place, things.kind, pg_get_userbyid(grants.grantee),
        grants.privilege_type
    ) not in (
        ('raw', 'schema', 'transformer', 'USAGE'),
        ('raw', 'table', 'transformer', 'SELECT'),
        ('marts', 'schema', 'reader', 'USAGE'),
        ('marts', 'table', 'reader', 'SELECT'),
        ('marts', 'function', 'reader', 'EXECUTE'),
        ('ops', 'schema', 'exporter', 'USAGE')
    )
order by 1, 2, 3, 4
"""  # noqa: S608 - names of ours
OPEN = """
with things as (
    select
        'schema public' as name, coalesce(nspacl, acldefault('n', nspowner)) as access
    from pg_namespace
    where nspname = 'public'
    union all
    select
        'database ' || quote_ident(datname), coalesce(datacl, acldefault('d', datdba))
    from pg_database
    where datname = current_database()
    union all
    select
        'language ' || quote_ident(lanname), coalesce(lanacl, acldefault('l', lanowner))
    from pg_language
    where lanpltrusted and %s
)

select
    things.name,
    case grants.grantee when 0 then 'public' else pg_get_userbyid(grants.grantee) end,
    grants.privilege_type
from things
cross join lateral aclexplode(things.access) as grants
where
    grants.grantee = 0
    or (pg_get_userbyid(grants.grantee), grants.privilege_type) in (
        ('loader', 'CREATE'), ('transformer', 'CREATE'), ('reader', 'CREATE'),
        ('reader', 'TEMPORARY'), ('loader', 'USAGE'), ('reader', 'USAGE')
    )
order by 1, 2, 3
"""
LACKING = """
select 'The transformer can not read ' || oid::regclass::text
from pg_class
where
    relkind = 'r'
    and relnamespace::regnamespace::text = 'raw'
    and not has_table_privilege('transformer', oid, 'select')
union all
select wanted.role || ' can not use schema ' || wanted.place
from (
    values ('loader', 'raw', 'create'), ('transformer', 'raw', 'usage'),
    ('transformer', 'staging', 'create'), ('transformer', 'intermediate', 'create'),
    ('transformer', 'marts', 'create'), ('transformer', 'ops', 'create'),
    ('reader', 'marts', 'usage'), ('exporter', 'iceberg', 'create'),
    ('exporter', 'ops', 'usage')
) as wanted (role, place, privilege)
where
    to_regnamespace(wanted.place) is null
    or not has_schema_privilege(wanted.role, wanted.place, wanted.privilege)
union all
select 'The transformer can not use language ' || lanname
from pg_language
where
    lanname in ('plpgsql', 'sql')
    and not has_language_privilege('transformer', oid, 'usage')
union all
select 'New ' || wanted.kinds || ' of ' || wanted.role || ' get other rights'
from (
    values ('transformer', 'marts', 'r', 'tables', 'reader=r'),
    ('transformer', 'marts', 'f', 'functions', 'reader=X'),
    ('loader', 'raw', 'r', 'tables', 'transformer=r')
) as wanted (role, place, kind, kinds, given)
where not exists (
    select 1
    from pg_default_acl
    where
        defaclrole = to_regrole(wanted.role)
        and defaclnamespace = to_regnamespace(wanted.place)
        and defaclobjtype = wanted.kind
        and defaclacl::text like '%%' || wanted.given || '%%'
)
union all
select 'Anybody may execute new functions of ' || wanted.role
from (values ('transformer'), ('loader')) as wanted (role)
where not exists (
    select 1
    from pg_default_acl
    where
        defaclrole = to_regrole(wanted.role)
        and defaclnamespace = 0
        and defaclobjtype = 'f'
        and defaclacl::text not like '%%{=X%%'
        and defaclacl::text not like '%%,=X%%'
)
order by 1
"""


def too_much(held: "connection") -> Findings:
    """Find what one of our roles, or everybody, may and should not."""
    for kind, name, role, privilege, owner in rows(held, EXCESS):
        statement = f"revoke {privilege.lower()} on {kind} {name} from {role}"
        by = owner if owner in ("loader", "transformer") else "admin"
        yield Finding(f"{role} has {privilege} on {kind} {name}.", psql(statement, by))
    # a language of a server that is not ours may be nobody's to close
    for place, role, privilege in rows(held, OPEN, settings.kind() == "embedded"):
        statement = f"revoke {privilege.lower()} on {place} from {role}"
        who = "Everybody" if role == "public" else role
        yield Finding(
            f"{who} has {privilege} on {place}.", as_admin(psql(statement, "admin"))
        )


def too_little(held: "connection") -> Findings:
    """Find what a role should be able to do and is not."""
    for (what,) in rows(held, LACKING):
        yield Finding(f"{what}.", as_admin(SCRIPT))
