{{ config(unique_key=['signal_id'], grouped_by=['turbine_id', 'signal']) }}

with

limits as not materialized (select * from {{ ref('stg_plant__signals') }}),

windows as not materialized (select * from {{ ref('fct_turbine_signals_10m') }}),

{% if is_incremental() %}
touched as (

    select distinct
        part.turbine_id,
        part.signal
    from {{ changed(ref('fct_turbine_signals_10m'), ['turbine_id', 'signal']) }} as part

),
{% else %}
touched as (

    select distinct
        turbine_id,
        signal
    from windows

),
{% endif %}

-- the first window of a series is looked up, where exists() would join all of them
known as (

    select
        touched.turbine_id,
        touched.signal,
        found.window_started_at is not null as is_known,
        coalesce(limits.is_direction, false) as is_direction
    from touched
    left outer join limits
        on touched.signal = limits.signal
    left outer join lateral (
        select windows.window_started_at
        from windows
        where
            windows.turbine_id = touched.turbine_id
            and windows.signal = touched.signal
        order by 1
        limit 1
    ) as found on true

),

signals as (

    select
        -- keys
        known.turbine_id || '.' || known.signal || '_' || parts.statistic as signal_id,
        known.turbine_id,
        known.signal,
        parts.statistic,
        -- attributes
        known.signal || '_' || parts.statistic as signal_name,
        -- lineage
        now() as updated_at,
        case
            when known.is_known and (parts.is_circular or not known.is_direction)
                then {{ version() }}
        end as changed_in
    from known
    cross join (
        values ('mean', true), ('min', false), ('max', false), ('std', true)
    ) as parts (statistic, is_circular)
    {% if not is_incremental() %}
    where parts.is_circular or not known.is_direction
    {% endif %}

)

select * from signals
