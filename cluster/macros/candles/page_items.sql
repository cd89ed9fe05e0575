{#
    Landed `pages` that are asked for minutes, each once, with the texts of its items: a
    query. `items` is null of a page that is no JSON array.

    Each number of a page is made a text before anything parses it, since Spark takes a
    number for a double, and so are the words that JSON lacks. A page is read together
    with an item of ours after it, since Spark would read no further than the end of the
    array and take what comes then for nothing.
#}
{% macro page_items(pages, is_asked) %}
{% set bare = '(?<=[\\\\[,:\\\\s])(-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?'
    ~ '(?:[eE][-+]?[0-9]+)?|NaN|-?Infinity)(?=[\\\\],}\\\\s])' %}
with

landed as (

    select distinct
        load_id,
        request,
        payload,
        fetched_at,
        get_json_object(request, '$.symbol') as asked_symbol,
        coalesce(answered_at, fetched_at) as known_at
    from {{ pages }}
    where {{ is_asked }}

),

whole as (

    select
        *,
        from_json(
            concat('[', regexp_replace(payload, '{{ bare }}', '"$1"'), ',"end"]'),
            'array<string>'
        ) as parts
    from landed

)

select
    load_id,
    request,
    payload,
    fetched_at,
    asked_symbol,
    known_at,
    case
        when size(parts) = 2 and get(parts, 1) = 'end' and get(parts, 0) like '[%'
            then from_json(get(parts, 0), 'array<string>')
    end as items
from whole
{% endmacro %}
