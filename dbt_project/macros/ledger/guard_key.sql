{# Refuses a unique_key that is not the primary key, on which `converge` relies. #}
{% macro guard_key() %}
{% set keys = config.get('unique_key') %}
{% set primary = model.constraints | selectattr('type', 'equalto', 'primary_key')
    | map(attribute='columns') | first | default([], true) %}
{% if keys is string or (keys or []) | sort != primary | sort or not primary %}
    {{ exceptions.raise_compiler_error(
        "The unique_key of " ~ model.name ~ " is " ~ keys ~ ". Make it the list of the "
        ~ "columns of its primary key: " ~ primary
    ) }}
{% endif %}
{% endmacro %}
