{#
    The start of the slot of so many seconds that holds a time, counted from 1970; with
    `ceil` of the first that starts no earlier than it.
#}
{% macro slot_at(time, seconds, rounded='floor') -%}
    to_timestamp(
        {{ rounded }}(extract(epoch from {{ time }}) / {{ seconds }}) * {{ seconds }}
    )
{%- endmacro %}
