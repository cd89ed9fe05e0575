{#
    The rows of a file of a loan book, below its headings: an item each, an object by
    heading, with its position, the line in the file. A row that has more or fewer
    fields than there are headings comes as an array. They come if the file in use is
    another one since this model last read, or if `or_if`, a query, has rows.

    A used file holds the whole truth, so there are no rows of older ones. Where it has
    no rows, and where a newer one can't be used, one row says so: `unreadable`.
    `is_readable` says whether what is told replaces what was known; a file that is not
    used leaves that alone, but where no file can be used.
#}
{% macro file_rows(file_name, or_if=none) -%}
    (
        select
            lines.*,
            file.fields,
            file.decimal_mark,
            file.date_order,
            file.swapped
        from (
            select file.*
            from {{ named(ref('stg_loans__files'), 'file') }}
            where
                file.file_name = '{{ file_name }}'
                and (
                    exists (
                        select 1
                        from {{ changed(ref('stg_loans__files'), ['file_name']) }}
                            as news
                        where news.file_name = '{{ file_name }}'
                    )
                    {%- if or_if %}
                    or exists (select 1 from {{ or_if }} as other)
                    {%- endif %}
                )
        ) as file
        cross join lateral (
            select
                file.load_id,
                file.request,
                file.fetched_at,
                true as is_readable,
                line.item,
                coalesce(line.item_position, 1) as item_position,
                case
                    when line.item is null
                        then {{ reason('a file without rows below its headings') }}
                    when jsonb_typeof(line.item) = 'array'
                        then {{ reason('not as many fields as headings') }}
                end as unreadable
            from (
                select landed.payload
                from {{ named(
                    source('raw', 'loans__' ~ file_name.split('.')[0]), 'landed'
                ) }}
                where
                    landed._dlt_load_id = file.load_id
                    and landed.fetched_at = file.fetched_at
                limit 1
            ) as page
            left outer join lateral (
                select
                    case
                        when cardinality(line.fields) = jsonb_array_length(file.names)
                            then jsonb_object(
                                array(select jsonb_array_elements_text(file.names)),
                                line.fields
                            )
                        else to_jsonb(line.fields)
                    end as item,
                    line.line_number as item_position
                from (
                    select
                        lines.line_number,
                        {{ within('lines.fields', 'jsonb_array_length(file.names)') }}
                            as fields,
                        row_number() over (order by lines.line_number) as place
                    from {{ csv_lines('page.payload', 'file.separator') }} as lines
                ) as line
                where line.place > 1
            ) as line on true
            union all
            select
                file.newest_load_id as load_id,
                file.newest_request as request,
                file.newest_fetched_at as fetched_at,
                file.load_id is null as is_readable,
                null as item,
                0 as item_position,
                file.unusable as unreadable
            where file.unusable is not null
        ) as lines
    )
{%- endmacro %}
