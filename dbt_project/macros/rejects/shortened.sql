{#
    A text that is a key, or a part of one: as it is up to so many characters, which its
    index has room for, else its beginning and a checksum of all of it.
#}
{% macro shortened(text, most=200) -%}
    case
        when length({{ text }}) > {{ most }}
            then left({{ text }}, {{ most - 33 }}) || ' ' || md5({{ text }})
        else {{ text }}
    end
{%- endmacro %}
