{#
    The headings of a file of a loan book, one row per place, with the `names` that each
    may stand for, the best first: by its letters and digits, whatever its case; by these
    without what is in brackets, a number, a table or a key's word before it; and without
    a number, a key's or a type's word, a unit or a currency behind it. A query, a part of
    `loan_reading`, whose relations it names.
#}
{% macro loan_headings() -%}
    {%- set noise = '([^a-z0-9]+(in +)?(fk|pk|key|primary key|foreign key|not null'
        ~ '|text|string|n?(var)?char|number|numeric|decimal|(big|small)?int(eger)?[0-9]*'
        ~ '|(float|double|real)[0-9]*|money|uuid|date|datetime[0-9]*|timestamp|utc'
        ~ '|days|weeks|months|years|usd|eur|gbp|ngn|ghs|kes|ugx|mad|xof|egp|zar|inr|chf'
        ~ '|jpy|cny|[0-9]+))+[^a-z0-9]*$' -%}
    with

    spelt as (

        select
            heading.place,
            heading.said,
            lower(coalesce(heading.said, '')) as folded,
            regexp_replace(
                lower(regexp_replace(
                    heading.said,
                    '[(][^)]*[)]|[[][^]]*[]]|[{][^}]*[}]|<[^>]*>'
                    || '|([^A-Za-z0-9]in)?[^A-Za-z0-9][A-Z]{3}$', ' ', 'g'
                )),
                '^.*[.](?=.*[a-z])|^[^a-z0-9]*(fk|pk|col(umn)?)[0-9]*[^a-z0-9]+', ''
            ) as bare
        from heading_line
        cross join
            lateral unnest(heading_line.fields)
                with ordinality as heading (said, place)

    )

    select
        place,
        said,
        array[
            regexp_replace(folded, '[^a-z0-9]', '', 'g'),
            case
                when bare ~ '[a-z]' then {{ heading_letters('bare') }}
                else {{ heading_letters('folded') }}
            end,
            {{ heading_letters(
                "regexp_replace(bare, '" ~ noise ~ "', '')"
            ) }}
        ] as names
    from spelt
{%- endmacro %}
