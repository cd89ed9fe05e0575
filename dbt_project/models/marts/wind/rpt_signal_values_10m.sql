{{ config(materialized='view') }}

with

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
    from {{ named(ref('dim_signals'), 'signals') }}
    inner join {{ named(ref('fct_turbine_signals_10m'), 'windows') }}
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
