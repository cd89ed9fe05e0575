{#
    The day that a text says, from 1900 to 2199; null where there is no such day. The
    year may stand first, or last behind month and day in the `date_order` (an
    expression: mdy or dmy); with dots the day is first. A midnight behind it is no
    matter.
#}
{% macro as_date(text, date_order="'mdy'") -%}
    {%- set midnight -%}
        '([ T]0?0:00(:00([.,]0+)?)?( ?(Z|UTC|GMT|[-+]00(:?00)?))?'
        || '| 12:00(:00)? ?A[.]?M[.]?)$'
    {%- endset -%}
    (
        select
            case
                when
                    dated.iso ~ '^(19|20|21)[0-9]{2}-[0-9]{1,2}-[0-9]{1,2}$'
                    and pg_input_is_valid(dated.iso, 'date')
                    then dated.iso::date
            end
        from regexp_replace({{ text }}, {{ midnight }}, '', 'i') as said (written)
        cross join lateral regexp_replace(
            case
                when said.written ~ '^[0-9]{4}'
                    then translate(said.written, '/.', '--')
                else said.written
            end,
            '^([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})$',
            case
                when said.written ~ '[.]' or {{ date_order }} = 'dmy'
                    then '\4-\3-\1'
                else '\4-\1-\3'
            end
        ) as dated (iso)
    )
{%- endmacro %}
