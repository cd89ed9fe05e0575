{#
    For a new table of personal data: takes away what the default privileges of schema
    marts give to the reader. Whoever could read the table that a full refresh replaced
    can read the new one.
#}
{% macro close_to_readers() %}
revoke all on {{ this }} from public, reader;
{% if replaces_table() %}
do $$
declare
    granted record;
begin
    for granted in
        select roles.rolname
        from pg_class
        cross join lateral aclexplode(pg_class.relacl) as access
        inner join pg_roles as roles on access.grantee = roles.oid
        where
            pg_class.oid = to_regclass('{{ make_backup_relation(this, "table") }}')
            and access.privilege_type = 'SELECT'
            and access.grantee != pg_class.relowner
    loop
        execute format('grant select on {{ this }} to %I', granted.rolname);
    end loop;
end
$$;
{% endif %}
{% endmacro %}
