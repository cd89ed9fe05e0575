{#
    After a model has written. The indexes of a table that `existed` are made where they
    are missing; those that are there are not named, since `create index if not exists`
    locks the table first, and so waits for a vacuum of it, or breaks it off. A table
    that grew by more than it held is analysed: its tests come now, and a plan for the
    rows of before would scan it once a row.

    The model is no longer changed, and has not failed. A build of a table that `existed`
    is no version if it changed no row, lost no key and read no load: what reads the
    model has nothing to read. Returns the newest version.
#}
{% macro close_build(existed) %}
{% if existed %}
{% for name, definition in indexes_of(this.identifier).items() %}
do $$
begin
    if to_regclass('{{ this.schema }}.{{ name }}') is null then
        create index {{ name }} on {{ this }} {{ definition }};
    end if;
end
$$;
{% endfor %}

do $$
begin
    if exists (
        select 1
        from pg_stat_xact_user_tables as written
        inner join pg_class as known on written.relid = known.oid
        where
            written.relid = to_regclass('{{ this }}')
            and written.n_tup_ins > greatest(known.reltuples, 1000)
    ) then
        analyze {{ this }};
    end if;
end
$$;
{% endif %}
{% if not keeps_ledger() %}
select 1;
{% else %}
update {{ ledger() }}.versions
set
    {% if existed %}
    version = case
        when
            exists (
                select 1
                from {{ this }}
                where changed_in = {{ version() }}
            )
            {% for noted in ['vanished', 'loads_read'] %}
            or exists (
                select 1
                from {{ ledger() }}.{{ noted }}
                where model = '{{ this.identifier }}' and version = {{ version() }}
            )
            {% endfor %}
            then version
        else version - 1
    end,
    {% endif %}
    -- else to be built once more: a rebuild was asked for meanwhile
    checksum = case
        when formula = '{{ formula_of(model) }}'
            then '{{ checksum_of(model.unique_id) }}'
    end,
    failed_at = null
where model = '{{ this.identifier }}'
returning version;
{% endif %}
{% endmacro %}
