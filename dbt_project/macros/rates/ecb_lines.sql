{#
    The lines of a file of the ECB's but for its heading, to be used laterally:
    (line_text text, item_position bigint, codes text[], rate_texts text[]), the fields
    of the heading and those of the line. A file that is none of rates is one line, at
    position 0, and both are null.
#}
{% macro ecb_lines(line_texts) -%}
    (
        -- the daily file has spaces after its commas, and both end a line with a comma
        select
            entry.line_text,
            entry.line_number - 1 as item_position,
            string_to_array(replace(rtrim({{ line_texts }}[1], ', '), ' ', ''), ',')
                as codes,
            string_to_array(rtrim(entry.line_text, ', '), ',') as rate_texts
        from unnest({{ line_texts }}) with ordinality as entry (line_text, line_number)
        where
            trim(split_part(rtrim({{ line_texts }}[1], ', '), ',', 1)) = 'Date'
            and entry.line_number > 1
            and rtrim(entry.line_text, ', ') != ''
        union all
        select
            left({{ line_texts }}[1], 1000),
            0,
            null,
            null
        where trim(split_part({{ line_texts }}[1], ',', 1)) is distinct from 'Date'
    )
{%- endmacro %}
