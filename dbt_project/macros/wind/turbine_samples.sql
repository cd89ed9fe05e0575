{#
    The readings that count: those that have a value, and not one by which the sensor
    says that it has none. To be looked up by turbine, signal and time.
#}
{% macro turbine_samples() -%}
    (
        select
            readings.turbine_id,
            readings.signal,
            readings.read_at,
            readings.value,
            readings.sampling_seconds,
            coalesce(limits.is_direction, false) as is_direction
        from {{ named(ref('stg_plant__readings'), 'readings') }}
        left outer join {{ named(ref('stg_plant__signals'), 'limits') }}
            on readings.signal = limits.signal
        where
            readings.value is not null
            and (readings.value = any(limits.sentinels)) is not true
    )
{%- endmacro %}
