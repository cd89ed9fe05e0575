{{ config(materialized='view') }}

with

signals as not materialized (select * from {{ ref('dim_signals') }}),

windows as not materialized (select * from {{ ref('fct_turbine_signals_10m') }}),

-- value: a keyword to the linter, but the public name
statistics as (

    select
        windows.window_started_at,
        signals.signal_id,
        case signals.statistic
            when 'mean' then windows.mean_value
            when 'min' then windows.min_value
            when 'max' then windows.max_value
            when 'std' then windows.std_value
        end as value -- noqa: RF04
    from signals
    inner join windows
        on
            signals.turbine_id = windows.turbine_id
            and signals.signal = windows.signal

),

signal_values as (

    select *
    from statistics
    where value is not null

)

select * from signal_values
