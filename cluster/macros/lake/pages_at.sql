{# Where a raw table's files lie: a folder of the bucket that `land` writes to. #}
{% macro pages_at(table) -%}
    {%- set bucket_url = env_var('DESTINATION__FILESYSTEM__BUCKET_URL') -%}
    {{ 'file://' if bucket_url.startswith('/') }}{{ bucket_url.rstrip('/') }}/raw/{{ table }}
{%- endmacro %}
