{# Why a status is none that is known, in the words of a reject. #}
{% macro why_no_status(status) -%}
    'a status that is not known, ' || {{ status }} || ': known are '
    || (select string_agg(words.word, ', ') from {{ payment_words() }})
{%- endmacro %}
