{# Whose loads fill a raw table: a system's, by its name; `*`, all, for dlt's own. #}
{% macro system_of(source) %}
{{ return(source.name.split('__')[0] if '__' in source.name else '*') }}
{% endmacro %}
