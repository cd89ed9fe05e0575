{#
    Why a record is rejected, as text: a sentence that `rejected_code` lists, with an
    expression for each `%s` in it.
#}
{% macro reason(sentence) -%}
    {%- if "'" ~ sentence | replace('%s', '%') ~ "'" not in rejected_code('') -%}
    {{ exceptions.raise_compiler_error('No rejected_code has: ' ~ sentence) }}
    {%- endif -%}
    {%- if varargs -%}
    format('{{ sentence }}', {{ varargs | join(', ') }})
    {%- else -%}
    '{{ sentence }}'
    {%- endif -%}
{%- endmacro %}
