{#
    What is to be done to a table of rankings for the judged `items` of answers: a
    query. The good coins of a whole answer, each once, at its first position, replace
    what is stored of that answer, with those that it no longer has as vanished. An
    answer that is read again and no longer counts takes all of its coins along.

    `snapshot_at` names an answer by the time that it was asked at (`is_named`): with a
    page that comes late it is read again with all of its pages, so that it counts for
    what it then is. Those that are stored under just their minute keep that name when
    they are read again. All rows of an answer have the same lineage, so that any of
    them has it.
#}
{% macro latest_snapshot(items, columns) %}
{% set of_before = bucket('named.snapshot_at', '1 minute') %}
{% set whole_first = 'snapshot_at, item_position = 0, fetched_at desc, load_id desc' %}
with

named as (

    select distinct on (snapshot_at)
        snapshot_at,
        fetched_at,
        load_id,
        is_named,
        item_position > 0 as is_whole
    from {{ items }}
    order by {{ whole_first }}

),

answers as (

    select
        named.*,
        {% if is_incremental() %}
        coalesce(of_minute.snapshot_at, named.snapshot_at) as answer_at
    from named
    left outer join lateral (
        select kept.snapshot_at
        from {{ this }} as kept
        where
            kept.snapshot_at = {{ of_before }}
            and kept.fetched_at = named.fetched_at
            and kept.load_id = named.load_id
        limit 1
    ) as of_minute on true
    {% else %}
        named.snapshot_at as answer_at
    from named
    {% endif %}

),

chosen as (

    select answers.*
    from answers
    {% if is_incremental() %}
    left outer join lateral (
        select
            kept.fetched_at,
            kept.load_id
        from {{ this }} as kept
        where kept.snapshot_at = answers.answer_at
        limit 1
    ) as stored on true
    where
        (answers.fetched_at, answers.load_id)
        = (stored.fetched_at, stored.load_id)
        or (
            (answers.is_whole or (answers.is_named and stored.load_id is not null))
            and (
                stored.load_id is null
                or (answers.fetched_at, answers.load_id)
                > (stored.fetched_at, stored.load_id)
            )
        )
    {% endif %}

),

winners as (

    select distinct on (chosen.answer_at, items.coin_id)
        items.*,
        chosen.answer_at
    from {{ items }} as items
    inner join chosen
        on
            items.snapshot_at = chosen.snapshot_at
            and items.fetched_at = chosen.fetched_at
            and items.load_id = chosen.load_id
    where items.reason is null
    order by chosen.answer_at, items.coin_id, items.item_position

)

select
    answer_at as snapshot_at,
    {{ columns | join(', ') }},
    {{ version() }} as changed_in
from winners
{% if is_incremental() %}
union all
select
    lost.snapshot_at,
    lost.{{ columns | join(', lost.') }},
    null as changed_in
from chosen as replaced
cross join lateral (
    select kept.*
    from {{ this }} as kept
    where
        kept.snapshot_at = replaced.answer_at
        and not exists (
            select 1
            from winners
            where
                winners.answer_at = kept.snapshot_at
                and winners.coin_id = kept.coin_id
        )
    offset 0 -- noqa: AM09
) as lost
{% endif %}
{% endmacro %}
