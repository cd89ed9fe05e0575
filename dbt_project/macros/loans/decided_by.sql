{#
    Which of two readings holds for a whole file: the one that values ask for, ten for
    each that asks for the other; else the one that is set, which a single value does
    not outvote; else any, if nothing is unclear; else null. Counts and words are
    expressions.
#}
{% macro decided_by(setting, one, other, unclear, word, other_word) -%}
    case
        when
            {{ one }} > ({{ setting }} is not distinct from '{{ other_word }}')::int
            and {{ one }} >= 10 * {{ other }}
            then '{{ word }}'
        when
            {{ other }} > ({{ setting }} is not distinct from '{{ word }}')::int
            and {{ other }} >= 10 * {{ one }}
            then '{{ other_word }}'
        when {{ setting }} is not null then {{ setting }}
        when {{ one }} + {{ other }} = 0 and {{ unclear }} is null then '{{ word }}'
    end
{%- endmacro %}
