{#
    Why the newest page of a file is not the one in use, to be used laterally: one row,
    none where it is. Of what is no text there is only what ingestion said.
#}
{% macro why_not_used(page) -%}
    (
        select
            coalesce(
                case when {{ page }}.payload = '' then {{ page }}.asked ->> 'unusable' end,
                reading.unusable
            ) as unusable
        from {{ loan_reading(
            page ~ '.file_name', page ~ '.payload',
            '(' ~ page ~ ".asked ->> 'decimal')", '(' ~ page ~ ".asked ->> 'dates')"
        ) }} as reading
        where
            ({{ page }}.newest_load_id, {{ page }}.newest_fetched_at)
            is distinct from ({{ page }}.load_id, {{ page }}.fetched_at)
    )
{%- endmacro %}
