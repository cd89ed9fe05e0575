{# A bounded range of instants as text, which `::tstzrange` reads again. #}
{% macro span_text(span) -%}
    '[' || {{ utc_text('lower(' ~ span ~ ')') }}
    || ',' || {{ utc_text('upper(' ~ span ~ ')') }} || ')'
{%- endmacro %}
