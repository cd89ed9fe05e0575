{#
    The instant of a local time, by the offset from UTC that its zone has so many hours
    later: a timestamptz, null where the zone's clocks then did not show that time.
    Asked a day before and a day after, an hour that comes twice has two.
#}
{% macro local_instant(local_time, zone, hours) -%}
    {%- set probe = local_time ~ " + interval '" ~ hours ~ " hours'" -%}
    (
        select case
            when by_offset.happened_at at time zone {{ zone }} = {{ local_time }}
                then by_offset.happened_at
        end
        from (
            values (
                ({{ probe }} - (({{ probe }}) at time zone 'utc' at time zone {{ zone }}))
                + ({{ local_time }} at time zone 'utc')
            )
        ) as by_offset (happened_at)
    )
{%- endmacro %}
