{#
    What is wrong with some numbers of a kind, as text: that one is beyond the bounds of
    its kind; null where none is. They are expressions, of which some may be null.

    Bounds are the least that is not zero, and what is too much. They are such that
    whatever is summed, averaged, squared, divided or converted of numbers within them,
    over however much time, fits numeric, bigint and double precision. Of numbers that
    may be negative (`is_signed`) those are bounded without their sign.
#}
{% macro beyond(kind, values) -%}
    {%- set is_signed = kind in ['reading', 'money'] -%}
    {%- set name, least, most = {
        'price': ('price', '1e-30', '1e20'),
        'volume': ('volume', '1e-30', '1e20'),
        'trades': ('number of trades', none, '1e12'),
        'rate': ('rate', '1e-15', '1e15'),
        'unit': ('amount that the rate is for', '1e-9', '1e12'),
        'reading': ('value', '1e-300', '1e100'),
        'money': ('amount', '1e-30', '1e20'),
        'tokens': ('amount', none, '2^256'),
    }[kind] -%}
    {%- set sizes = [] -%}
    {%- for value in values -%}
    {%- do sizes.append('abs(' ~ value ~ ')' if is_signed else value) -%}
    {%- endfor -%}
    case
        when
            greatest({{ sizes | join(', ') }})
            >= {{ most | replace('2^256', '2::numeric ^ 256') }}
            {%- if least %}
            -- zeros are looked for in what is small alone
            or least({{ sizes | join(', ') }}) < {{ least }}
            and least(nullif({{ sizes | join(', 0), nullif(') }}, 0)) < {{ least }}
            {%- endif %}
            then {{ reason(
                '%s out of range: %s',
                "'" ~ name ~ "'",
                "'" ~ ('at least ' ~ least ~ ' and ' if least else '')
                ~ 'below ' ~ most ~ "'"
            ) }}
    end
{%- endmacro %}
