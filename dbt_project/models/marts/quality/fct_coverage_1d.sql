{{ config(
    unique_key=['system', 'series_key', 'covered_date'],
    meta={'version': 2},
) }}

with

-- a new system's series are added here
all_series as (

    select * from {{ ref('int_coverage__candles') }}
    union all
    select * from {{ ref('int_coverage__plant') }}
    union all
    select * from {{ ref('int_coverage__xe') }}
    union all
    select * from {{ ref('int_coverage__ecb') }}
    union all
    select * from {{ ref('int_coverage__ethereum') }}
    union all
    select * from {{ ref('int_coverage__rankings') }}

),

days as (

    select
        -- keys
        system,
        series_key,
        covered_date,
        -- measures
        (
            select
                '{' || coalesce(string_agg({{ span_text('part.span') }}, ','), '')
                || '}'
            from unnest(covered) as part (span)
        ) as covered,
        present_count::bigint as present_count,
        expected_count::bigint as expected_count,
        slot_seconds::bigint as slot_seconds,
        slot_count::bigint as slot_count,
        partial_counts::text as partial_counts,
        {{ span_text(
            'coalesce(record_span, tstzrange(lower(covered), upper(covered)))'
        ) }} as record_span,
        -- lineage
        now() as updated_at,
        case when covered is not null then {{ version() }} end as changed_in
    from all_series
    {{ 'where covered is not null' if not is_incremental() }}

)

select * from days
