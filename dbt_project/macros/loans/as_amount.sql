{#
    The number that a text says, exact; null for a text in another form.

    `decimal_mark` is an expression: point or comma. The other one, blanks or apostrophes
    may stand between thousands, and a zero before or after the mark may lack. Negative
    is what a minus stands before or behind, or what is in parentheses. A currency's sign
    or three capitals may stand on either side, and an exponent behind the digits.
#}
{% macro as_amount(text, decimal_mark="'.'") -%}
    {%- set unit = '([A-Z]{3}|[$¢£¤¥֏؋৲৳฿៛₠-₿])?' -%}
    (
        select
            case
                when
                    concat(said.parts[1], said.parts[3], said.parts[6])
                    in ('', '+', '-', '()')
                    and said.parts[4] ~ (
                        '^(?=[.]?[0-9])('
                        || '[0-9]{1,30}'
                        || '|[1-9][0-9]{0,2}(,[0-9]{3}){1,9}'
                        || '|[1-9][0-9]?(,[0-9]{2}){1,13},[0-9]{3}'
                        || '|[1-9][0-9]{0,2}([ ''][0-9]{3}){1,9}'
                        || ')?([.][0-9]{0,30})?([eE][-+]?[0-9]{1,2})?$'
                    )
                    then
                        case
                            when
                                concat(said.parts[1], said.parts[3], said.parts[6])
                                in ('-', '()')
                                then -1
                            else 1
                        end * translate(said.parts[4], ', ''', '')::numeric
            end
        from regexp_matches(
            translate(
                {{ text }},
                e'\u00a0\u202f\u2009\u2019\u2212'
                || case when {{ decimal_mark }} = ',' then ',.' else '' end,
                '   ''-' || '.,'
            ),
            '^([-+(])? ?{{ unit }} ?([-+])? ?([0-9.](?:[-+0-9., ''eE]*[0-9.])?)'
            || ' ?{{ unit }} ?([-)])?$'
        ) as said (parts)
    )
{%- endmacro %}
