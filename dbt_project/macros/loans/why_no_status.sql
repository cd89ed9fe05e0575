{# Why a status is none that is known, in the words of a reject. #}
{% macro why_no_status(status) -%}
    {{ reason(
        'a status that is not known, %s: known are %s',
        status,
        "(select string_agg(words.word, ', ') from " ~ payment_words() ~ ')'
    ) }}
{%- endmacro %}
