{#
    Before a model reads: takes its lock, then notes what it is about to read as read,
    which a build that fails takes back with all else.

    The update of `ops.versions` lets one builder of a model in at a time, and none
    beside a pruning of what it reads; one that was to make the table and finds it made
    by the builder before it ends there, and so does a full refresh that finds pages
    pruned. Each upstream's version is the one from before reading, so that a row
    written meanwhile is read again, never missed. What was read before goes to the
    session's settings, where the planner sees it as a constant. A build that makes all
    rows reads everything; by another formula than that of its rows it does so in the
    next run, if that came up in this one (`is_rebuilt`).
#}
{% macro open_build() %}
{% set name = this.identifier %}
{% set formula = formula_of(model) %}
{% set rebuilt = should_full_refresh() or not is_incremental() %}

{{ guard_raw(model) }}

insert into {{ ledger() }}.versions (model, version, formula)
values ('{{ name }}', 0, '{{ formula }}')
on conflict (model) do nothing;

update {{ ledger() }}.versions
set version = version + 1, built_at = now()
where model = '{{ name }}';

{% if not load_relation(this) %}
do $$
begin
    if to_regclass('{{ this }}') is not null then
        raise exception 'Another run has made % since this one began. Run it again.',
            '{{ this }}';
    end if;
end
$$;
{% endif %}

{% if should_full_refresh() and load_relation(this)
    and not var('rebuild_pruned', false) %}
do $$
begin
    if exists (
        select 1
        from {{ ledger() }}.pruned
        where
            table_name in (
                '{{ upstreams(model) | map(attribute='name') | join("', '") }}'
            )
    ) then
        raise exception 'Pages that % is made of were pruned as this run began. '
            'Run it again: it then says of which table.', '{{ this }}';
    end if;
end
$$;
{% endif %}

{% if rebuilt %}
delete from {{ ledger() }}.loads_read where model = '{{ name }}';
delete from {{ ledger() }}.reads where model = '{{ name }}';

update {{ ledger() }}.versions
set formula = '{{ formula }}'
where model = '{{ name }}' and formula != '{{ formula }}';
{% endif %}

select
    set_config('ledger.model', model, true),
    set_config('ledger.version', version::text, true)
from {{ ledger() }}.versions
where model = '{{ name }}';

-- another model than the one that failed on them may do
delete from {{ ledger() }}.set_aside
where model = '{{ name }}' and checksum != '{{ checksum_of(model.unique_id) }}';

{% for upstream in upstreams(model) %}
{% if upstream.resource_type == 'source' %}
insert into {{ ledger() }}.loads_read (model, load_id, version)
select
    '{{ name }}',
    loads.load_id,
    current_setting('ledger.version')::bigint
from {{ upstream.database }}.{{ upstream.schema }}._dlt_loads as loads
where
    loads.status = 0
    and loads.load_id not in (
        select set_aside.load_id
        from {{ ledger() }}.set_aside
        where set_aside.model = '{{ name }}'
    )
    {%- if system_of(upstream) != "*" %}
    and loads.schema_name = '{{ system_of(upstream) }}'
    {%- endif %}
    and not exists (
        select 1
        from {{ ledger() }}.loads_read
        where loads_read.model = '{{ name }}' and loads_read.load_id = loads.load_id
    );
{% else %}
select set_config('ledger.done_{{ upstream.alias }}', coalesce(max(done), 0)::text, true)
from {{ ledger() }}.reads
where model = '{{ name }}' and upstream = '{{ upstream.alias }}';

insert into {{ ledger() }}.reads (model, upstream, done)
select
    '{{ name }}',
    '{{ upstream.alias }}',
    coalesce(max(versions.version), 0)
from {{ ledger() }}.versions
where versions.model = '{{ upstream.alias }}'
on conflict (model, upstream) do update
set done = excluded.done;
{% endif %}
{% endfor %}
{% endmacro %}
