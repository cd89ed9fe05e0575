"""What the board of health asks the marts."""

SYSTEMS = "select distinct system from marts.rpt_source_health order by 1"
FRESHNESS = """
select
    table_name as "Table",
    case
        when is_late then 'late'
        when last_arrival_at is null then 'never came'
        when late_after_seconds is null then 'on change'
        else 'in time'
    end as "State",
    now() - last_arrival_at as "Came ago",
    late_after_seconds * interval '1 second' as "Late after",
    '`python -m ingestion ' || system || '`' as "Asked by",
    date_trunc('minute', last_arrival_at) as "Came last",
    date_trunc('minute', last_event_at) as "Newest record of",
    pages_24h as "Pages, 24 h",
    failed_keys_24h as "Failed keys, 24 h",
    set_aside_loads as "Loads set aside"
from marts.rpt_source_health
where system = coalesce(%(system)s, system)
order by is_late desc, 1
"""
GAPS = """
select
    system as "System",
    series_key as "Series",
    case when is_source_gap then 'the source''s' else 'ours' end as "Whose",
    sum(missing_count)::bigint as "Missing",
    count(*) as "Gaps",
    min(gap_from) as "From",
    max(gap_to) as "Until",
    case
        when is_source_gap then 'nothing: the source has no more'
        else '`python -m ingestion ' || system || ' --gaps`'
    end as "Asked by"
from marts.rpt_gaps
where system = coalesce(%(system)s, system)
group by system, series_key, is_source_gap
order by is_source_gap, 4 desc, 1, 2
limit 200
"""
LARGEST_GAPS = """
select
    system as "System",
    series_key as "Series",
    case when is_source_gap then 'the source''s' else 'ours' end as "Whose",
    missing_count as "Missing",
    gap_from as "From",
    gap_to as "Until",
    gap_to - gap_from as "Length"
from marts.rpt_gaps
where system = coalesce(%(system)s, system)
order by is_source_gap, 4 desc, 1, 2, gap_from
limit 100
"""
REJECTS = r"""
select
    rejects.system as "System",
    rejects.reason as "Reason",
    count(*) as "Records",
    case
        when rejects.system = 'loans' then 'the file, then `python -m ingestion loans`'
        when rejects.system in ('coinmarketcap', 'cryptocompare')
            then 'nothing: a ranking has no past'
        when rejects.quarantine = 'stg_ethereum__tokens__rejected'
            then '`python -m ingestion ethereum --only tokens`'
        when bool_and(days.record_date <= current_date)
            then
                '`python -m ingestion ' || rejects.system
                || ' --from ' || min(days.record_date)
                || ' --to ' || max(days.record_date) + 1 || '`'
    end as "Mended by",
    max(rejects.rejected_at) as "Newest",
    min(rejects.record_key) as "Such as",
    '`python -m warehouse psql -c "select * from staging.' || rejects.quarantine
    || '"`' as "Seen by"
from marts.rpt_rejected_records as rejects
cross join lateral (
    select substring(rejects.record_key, '\d{{4}}-\d{{2}}-\d{{2}}') as day_text
) as found
cross join lateral (
    select
        case
            when pg_input_is_valid(found.day_text, 'date')
                then found.day_text::date
        end as record_date
) as days
where rejects.system = coalesce(%(system)s, rejects.system)
group by rejects.system, rejects.quarantine, rejects.reason
order by 3 desc, 1, 2
limit 100
"""
LOADS = """
select
    date_trunc(
        case when %(days)s::integer > 7 then 'day' else 'hour' end, loaded_at
    ) as loaded_at,
    count(*) filter (where status = 'ok') as well_count,
    count(*) filter (where status = 'failed') as failed_count,
    sum(pages)::bigint as page_count
from marts.fct_loads
where
    loaded_at > now() - %(days)s::integer * interval '24 hours'
    and system = coalesce(%(system)s, system)
group by 1
order by 1
"""
FAILED_KEYS = """
with

recent as (

    select
        system,
        loaded_at,
        status,
        failed_keys
    from marts.fct_loads
    where
        loaded_at > now() - %(days)s::integer * interval '24 hours'
        and system = coalesce(%(system)s, system)

)

select
    recent.system as "System",
    failures.failure as "Key, and why",
    count(*) as "Loads",
    '`python -m ingestion ' || recent.system || '`' as "Asked again by",
    max(recent.loaded_at) as "Last",
    min(recent.loaded_at) as "First",
    max(well.loaded_at) as "Last load that was well"
from recent
cross join lateral string_to_table(recent.failed_keys, chr(10)) as failures (failure)
left outer join (
    select
        system,
        max(loaded_at) as loaded_at
    from recent
    where status = 'ok'
    group by 1
) as well
    on recent.system = well.system
group by 1, 2
order by 5 desc, 1, 2
limit 100
"""
MARTS = """
select
    model as "Mart",
    case when is_late then 'late' else 'in time' end as "State",
    built_at as "Built",
    now() - built_at as "Ago",
    version as "Version",
    case when is_late then '`dbt build`' end as "Built by"
from (
    select
        *,
        built_at < now() - interval '26 hours' and (
            is_behind or max(built_at) over () < now() - interval '26 hours'
        ) as is_late
    from marts.rpt_versions
) as versions
order by 3, 1
"""
