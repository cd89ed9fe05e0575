{# What a reject says that its own answer has again, further down, with other values. #}
{% macro said_otherwise() -%}
    {{ reason('other values further down in the answer') }}
{%- endmacro %}
