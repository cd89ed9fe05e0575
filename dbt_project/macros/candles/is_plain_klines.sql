{#
    Whether a payload has Binance's own form. One look at the page spares a look at each
    of its numbers.
#}
{% macro is_plain_klines(payload) -%}
    {%- set plain = '"[0-9]+[.][0-9]+"' -%}
    {%- set time = '[1-9][0-9]{12,15}' -%}
    {%- set item = '\\[' ~ time ~ '(,' ~ plain ~ '){5},' ~ time ~ ',' ~ plain
        ~ ',(0|[1-9][0-9]{0,17})(,' ~ plain ~ '){2},"[0-9.]*"\\]' -%}
    {{ payload }} ~ '^\[{{ item }}(,{{ item }})*\]$'
{%- endmacro %}
