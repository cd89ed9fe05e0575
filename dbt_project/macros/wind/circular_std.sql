{#
    The standard deviation of directions, in degrees: the root of -2 ln R, R being the
    length of their mean vector (Mardia and Jupp, Directional Statistics, 2.3.2). Null
    where they cancel each other out.
#}
{% macro circular_std(sine, cosine) -%}
    case
        when {{ sine }} ^ 2 + {{ cosine }} ^ 2 >= 1e-18
            then degrees(sqrt(greatest(-ln({{ sine }} ^ 2 + {{ cosine }} ^ 2), 0)))
    end
{%- endmacro %}
