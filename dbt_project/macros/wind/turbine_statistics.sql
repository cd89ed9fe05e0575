{#
    The statistics of a group of readings, the rows of `samples`: a select list. They
    are taken in order of time, so that the same samples give the same bits.
#}
{% macro turbine_statistics() -%}
    {%- set in_order = 'order by samples.read_at' -%}
    avg(samples.value {{ in_order }}) as mean_value,
    min(samples.value) as min_value,
    max(samples.value) as max_value,
    stddev_samp(samples.value {{ in_order }}) as std_value,
    avg(sind(samples.value) {{ in_order }})
        filter (where samples.is_direction) as mean_sine,
    avg(cosd(samples.value) {{ in_order }})
        filter (where samples.is_direction) as mean_cosine,
    min(samples.sampling_seconds) as sampling_seconds,
    count(*) as sample_count
{%- endmacro %}
