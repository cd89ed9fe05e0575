{#
    The mean of directions, in degrees from 0 to below 360, from the means of their
    sines and cosines (Mardia and Jupp, Directional Statistics, 2.2.1). Null where they
    cancel each other out. A hair beside north is north, 0 and not 360.
#}
{% macro circular_mean(sine, cosine) -%}
    case
        when {{ sine }} ^ 2 + {{ cosine }} ^ 2 >= 1e-18
            then case
                when abs(atan2d({{ sine }}, {{ cosine }})) < 1e-9 then 0
                when atan2d({{ sine }}, {{ cosine }}) < 0
                    then atan2d({{ sine }}, {{ cosine }}) + 360
                else atan2d({{ sine }}, {{ cosine }})
            end
    end
{%- endmacro %}
