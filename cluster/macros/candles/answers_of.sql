{#
    What each landed page of an exchange's candles is a complete answer for, by the
    rules of the model of this name for Postgres: a query. `asked_from`, `asked_to` and
    `limit` are expressions of what was asked; without a limit no page is full.
#}
{% macro answers_of(
    pages, is_asked, asked_from, asked_to, limit='null', in_seconds=false
) %}
{% set digits = '9,10' if in_seconds else '13,16' %}
with

pages as (

    {{ page_items(pages, is_asked ~ " and length(get_json_object(request, '$.symbol')) <= 200") }}

),

-- the times that candles open at; null of a page or a candle that tells none
timed as (

    select
        *,
        transform(items, item -> cast(nullif(regexp_extract(
            item, '^\\s*\\[\\s*"?([0-9]{{ '{' ~ digits ~ '}' }})"?\\s*[\\],]', 1
        ), '') as bigint)) as times,
        {{ asked_from }} as asked_from,
        {{ asked_to }} as asked_to,
        {{ limit }} as most
    from pages

),

spans as (

    select
        *,
        {{ bucket("asked_from + interval '59.999999' second", '1 minute') }} as covers_from,
        {{ bucket('least(asked_to, known_at)', '1 minute') }} as closed_to,
        items is not null and not exists(times, time -> time is null) as is_timed,
        {{ epoch_to_timestamp('array_min(times)', in_seconds) }} as first_at,
        {{ epoch_to_timestamp('array_max(times)', in_seconds) }} as last_at
    from timed
    where
        asked_from is not null
        and asked_to is not null
        {{ 'and most is not null' if limit != 'null' }}

),

-- a full page goes as far as its last candle, and none past what had closed by then
covered as (

    select
        *,
        greatest(covers_from, case
            when not is_timed then covers_from
            when size(times) = 0 then closed_to
            {% if limit != 'null' %}
            when first_at < asked_from or last_at >= asked_to then covers_from
            when size(times) >= most
                then
                    least(
                        {{ bucket('last_at', '1 minute') }} + interval '1' minute,
                        closed_to
                    )
            {% endif %}
            else closed_to
        end) as covers_to
    from spans

)

select
    asked_symbol as symbol,
    fetched_at,
    load_id,
    covers_from,
    max(covers_to) as covers_to,
    max_by(request, covers_to) as request
from covered
group by 1, 2, 3, 4
{% endmacro %}
