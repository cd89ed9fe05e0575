{#
    The ledger's tables and its question, made where they are missing. The lock keeps
    two first runs from making the same table at once. Where they exist nothing is sent:
    even an index that exists would be waited for behind every build under way.
#}
{% macro make_ledger() %}
{% set exists %}
select
    to_regclass('{{ ledger() }}.set_aside') is not null
    and to_regtype('{{ ledger() }}.version') is not null
    and not exists (
        select 1
        from pg_attribute
        where
            attrelid = to_regclass('{{ ledger() }}.reads')
            and attname = 'next'
    )
    and exists (
        select 1
        from pg_proc
        where
            oid = to_regprocedure('{{ ledger() }}.pending(jsonb)')
            and md5(prosrc) = '{{ local_md5(pending_body()) }}'
    )
    and exists (
        select 1
        from pg_proc
        where
            oid = to_regprocedure('{{ ledger() }}.trial(text[], text)')
            and md5(prosrc) = '{{ local_md5(trial_body()) }}'
    )
{% endset %}
{% if not execute or not run_query(exists).rows[0][0] %}
select pg_advisory_xact_lock(hashtext('ops'));

do $$
begin
    -- whoever may make none is refused even one that exists
    if to_regnamespace('{{ ledger() }}') is null then
        create schema {{ ledger() }};
    end if;
end
$$;

do $$
begin
    if to_regtype('{{ ledger() }}.version') is null then
        create domain {{ ledger() }}.version as bigint
        constraint is_of_a_build check (value > 0);
    end if;
end
$$;

create table if not exists {{ ledger() }}.versions (
    model text primary key,
    version bigint not null,
    formula text not null
);

alter table {{ ledger() }}.versions
add column if not exists built_at timestamptz not null default now(),
add column if not exists checksum text,
add column if not exists failed_at timestamptz;

create table if not exists {{ ledger() }}.reads (
    model text not null,
    upstream text not null,
    done bigint not null,
    primary key (model, upstream)
);

alter table {{ ledger() }}.reads drop column if exists next;

create table if not exists {{ ledger() }}.loads_read (
    model text not null,
    load_id text not null,
    version bigint not null,
    primary key (model, load_id)
);

create index if not exists loads_read_version on {{ ledger() }}.loads_read (model, version);

create table if not exists {{ ledger() }}.vanished (
    model text not null,
    version bigint not null,
    key jsonb not null
);

create index if not exists vanished_version on {{ ledger() }}.vanished (model, version);

create table if not exists {{ ledger() }}.pruned (
    table_name text primary key,
    pruned_to timestamptz not null
);

create table if not exists {{ ledger() }}.set_aside (
    model text not null,
    load_id text not null,
    checksum text not null,
    sqlstate text not null,
    sentence text not null,
    set_aside_at timestamptz not null default now(),
    primary key (model, load_id)
);

drop function if exists {{ ledger() }}.pending (jsonb);

create function {{ ledger() }}.pending (nodes jsonb)
returns table (name text, reason text, detail text)
language plpgsql
stable
as $body${{ pending_body() }}$body$;

create or replace function {{ ledger() }}.trial (loads text[], statements text)
returns text[]
language plpgsql
as $body${{ trial_body() }}$body$;

do $$
begin
    if to_regrole('exporter') is not null then
        grant select on {{ ledger() }}.versions, {{ ledger() }}.vanished to exporter;
    end if;
end
$$;
{% endif %}
{% endmacro %}
