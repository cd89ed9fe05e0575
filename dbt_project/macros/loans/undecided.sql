{# The sentence on a file for which `decided_by` can't tell one of two readings. #}
{% macro undecided(values, one, way, other, other_way, unclear, name, choice) -%}
    case
        when decided.{{ one }} + decided.{{ other }} = 0
            then
                decided.{{ unclear }} || ' can be read {{ way }} or {{ other_way }}, '
                || 'and nothing in the file says which: '
        else
            decided.{{ one }} || ' {{ values }} can only be read {{ way }}, '
            || decided.{{ other }} || ' only {{ other_way }}: write all alike, or '
    end || 'set SOURCES__LOANS__{{ name }} to {{ choice }}'
{%- endmacro %}
