{# What a reject says that an answer had and a newer one has no more. #}
{% macro taken_back() -%}
    {{ reason('taken back by the source') }}
{%- endmacro %}
