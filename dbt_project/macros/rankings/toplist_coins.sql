{#
    The coins of a page of CryptoCompare's, a jsonb array; null where it has none. They
    are Data.LIST of the data-api, Data itself of the min-api. Either host sends errors
    with HTTP 200 too.
#}
{% macro toplist_coins(body) -%}
    {%- set coins -%}
        case jsonb_typeof({{ body }} -> 'Data')
            when 'array' then {{ body }} -> 'Data'
            else {{ body }} #> '{Data,LIST}'
        end
    {%- endset -%}
    {%- set no_error = '^\\s*(\\{\\s*\\}|\\[\\s*\\])?\\s*$' -%}
    case
        when
            jsonb_typeof({{ coins }}) = 'array'
            and coalesce({{ body }} ->> 'Response', '') != 'Error'
            and not coalesce({{ body }} ->> 'Type' ~ '^-?[0-9]{1,2}$', false)
            and coalesce({{ body }} ->> 'Err', '{}') ~ '{{ no_error }}'
            then {{ coins }}
    end
{%- endmacro %}
