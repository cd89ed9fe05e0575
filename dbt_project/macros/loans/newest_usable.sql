{#
    Of `pages` of a file of the loan book the newest that can be used, with how it is to
    be read, to be used laterally: one row or none.
#}
{% macro newest_usable(file_name) -%}
    (
        select
            page.load_id,
            page.fetched_at,
            coalesce(
                (page.asked ->> 'changed_at')::timestamptz, page.fetched_at
            ) as changed_at,
            page.request,
            reading.separator,
            to_jsonb(reading.names) as names,
            reading.fields,
            reading.swapped,
            reading.decimal_mark,
            reading.date_order
        from (
            select pages.*
            from pages
            order by pages.fetched_at desc, pages.load_id desc
        ) as page
        cross join lateral {{ loan_reading(
            'page.file_name', 'page.payload',
            "(page.asked ->> 'decimal')", "(page.asked ->> 'dates')"
        ) }} as reading
        where
            page.file_name = {{ file_name }}
            and reading.unusable is null
        limit 1
    )
{%- endmacro %}
