{#
    When a landed page was answered: by our clock, or by the source's where they are more
    than a minute apart.
#}
{% macro source_time(page) -%}
    case
        when
            {{ page }}.answered_at
            between {{ page }}.fetched_at - interval '1 minute'
            and {{ page }}.fetched_at + interval '1 minute'
            then {{ page }}.fetched_at
        else coalesce({{ page }}.answered_at, {{ page }}.fetched_at)
    end
{%- endmacro %}
