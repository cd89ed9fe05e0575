{#
    Why an item does not count: its `own_reason`, what is wrong with it by itself, or
    that its own answer has its key again further down, good and with another value. The
    same value twice is no news.
#}
{% macro reason_among_twins(key, position, value) -%}
    {%- set answer = (['load_id', 'request', 'fetched_at'] + key) | join(', ') -%}
    {%- set last_good = 'partition by ' ~ answer
        ~ ' order by own_reason is null desc, ' ~ position
        ~ ' rows between unbounded preceding and unbounded following' -%}
    case
        when own_reason is null
            then case
                when {{ value }} != first_value({{ value }}) over ({{ last_good }})
                    then {{ said_otherwise() }}
            end
        when
            first_value(own_reason) over ({{ last_good }}) is null
            -- a line of a file has several items
            and first_value(item_position) over ({{ last_good }}) >= item_position
            then {{ said_otherwise() }}
        else own_reason
    end
{%- endmacro %}
