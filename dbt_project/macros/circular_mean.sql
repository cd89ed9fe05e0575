{#
    The mean of directions, in degrees from 0 to below 360, from the means of their
    sines and cosines (Mardia and Jupp, Directional Statistics, 2.2.1). Null where they
    cancel each other out. A hair below north is north, not 360.
#}
{% macro circular_mean(sine, cosine) -%}
    case
        when {{ sine }} ^ 2 + {{ cosine }} ^ 2 >= 1e-18
            then case
                when atan2d({{ sine }}, {{ cosine }}) < -1e-9
                    then atan2d({{ sine }}, {{ cosine }}) + 360
                else greatest(atan2d({{ sine }}, {{ cosine }}), 0)
            end
    end
{%- endmacro %}
