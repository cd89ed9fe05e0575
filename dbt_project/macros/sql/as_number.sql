{#
    The number that a text says in the form of JSON, exact; null of another text, and of
    one of more than 400 characters, which Postgres may have no room for.
#}
{% macro as_number(text) -%}
    case
        when
            length({{ text }}) <= 400
            and {{ text }} ~ '^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]{1,3})?$'
            then ({{ text }})::numeric
    end
{%- endmacro %}
