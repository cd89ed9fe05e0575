{#
    Of a relation's rows, the one that the newest answer holds for each key: by
    `fetched_at`, then load, then place in the page. A query.
#}
{% macro newest_answer(relation, per) -%}
    select distinct on ({{ per | join(', ') }}) {{ relation }}.*
    from {{ relation }}
    order by
        {{ per | join(', ') }}, fetched_at desc, load_id desc, item_position desc
{%- endmacro %}
