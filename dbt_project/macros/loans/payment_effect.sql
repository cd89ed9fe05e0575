{#
    What a row of payments does to the money, by the fields that may tell, as in
    payment_words; 1 where none tells. That nothing moved goes before all else.
#}
{% macro payment_effect(fields) -%}
    (
        select
            case
                when bool_or(words.effect = 0) then 0
                else coalesce(min(words.effect), 1)
            end
        from unnest(array[
            {%- for field in fields %}
            {{ said(field) }}{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as statuses (status)
        inner join {{ payment_words() }}
            on words.word = {{ status_word('statuses.status') }}
    )
{%- endmacro %}
