{#
    Whether what another signal came to on average explains why one stays at a value: a
    turbine without power, below its cut-in or above its cut-out wind; one at its rated
    power, in the wind that is for; no wind, without power. `turbine` is a row of
    stg_plant__turbines, nulls where there is none.
#}
{% macro explains_plateau(signal, value, other, turbine) -%}
    coalesce(
        case
            when {{ signal }} = 'power' and {{ value }} <= 0
                then {{ other }} < coalesce({{ turbine }}.cut_in_speed, 3)
                or {{ other }} > coalesce({{ turbine }}.cut_out_speed, 25)
            when {{ signal }} = 'power' and {{ value }} = {{ turbine }}.rated_power_kw
                then {{ other }} between {{ turbine }}.rated_speed
                and {{ turbine }}.cut_out_speed
            when {{ signal }} = 'wind_speed' and {{ value }} = 0
                then {{ other }} <= 0
        end,
        false
    )
{%- endmacro %}
