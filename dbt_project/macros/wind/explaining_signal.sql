{#
    The signal that may explain why another one stays the same: wind and power each
    other's. Null for the rest.
#}
{% macro explaining_signal(signal) -%}
    case {{ signal }} when 'power' then 'wind_speed' when 'wind_speed' then 'power' end
{%- endmacro %}
