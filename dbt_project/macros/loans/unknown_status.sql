{# A status of a row of payments that is not known, of the fields that may tell one. #}
{% macro unknown_status(fields) -%}
    (
        select min(statuses.status)
        from unnest(array[
            {%- for field in fields %}
            {{ said(field) }}{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as statuses (status)
        where
            {{ status_word('statuses.status') }}
            not in (select words.word from {{ payment_words() }})
    )
{%- endmacro %}
