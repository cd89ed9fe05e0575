{#
    Gives a table the grants of the one that it is swapped in for, on it and on its
    columns, and takes those that only it has: who could read still can, and nobody else.
#}
{% macro keep_grants(table, replaced) %}
do $$
declare
    granted record;
begin
    for granted in
        select distinct
            case access.grantee
                when 0 then 'public' else access.grantee::regrole::text
            end as name
        from pg_class as known
        cross join lateral aclexplode(known.relacl) as access
        where
            known.oid = to_regclass('{{ table }}')
            and access.grantee != known.relowner
    loop
        execute format('revoke all on {{ table }} from %s', granted.name);
    end loop;

    for granted in
        select
            access.privilege_type || accesses.columns as privilege,
            case access.grantee
                when 0 then 'public' else access.grantee::regrole::text
            end as name,
            case when access.is_grantable then 'with grant option' else '' end as also
        from (
            select
                known.relacl as acl,
                '' as columns,
                known.relowner
            from pg_class as known
            where known.oid = to_regclass('{{ replaced }}')
            union all
            select
                parts.attacl,
                format(' (%I)', parts.attname),
                known.relowner
            from pg_attribute as parts
            inner join pg_class as known on parts.attrelid = known.oid
            inner join pg_attribute as news
                on
                    parts.attname = news.attname
                    and news.attrelid = to_regclass('{{ table }}')
            where known.oid = to_regclass('{{ replaced }}') and parts.attacl is not null
        ) as accesses
        cross join lateral aclexplode(accesses.acl) as access
        where access.grantee != accesses.relowner
    loop
        execute format(
            'grant %s on {{ table }} to %s %s',
            granted.privilege, granted.name, granted.also
        );
    end loop;
end
$$;
{% endmacro %}
