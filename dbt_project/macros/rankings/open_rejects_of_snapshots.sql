{#
    The open rejects of a source of snapshots: of the judged `items` those that have a
    reason, and of those that are open already, the newest of each record, unless `good`
    has a newer answer of its minute, which `snapshot_at` is here, or as new a one, if a
    reject is of all of an answer: then it is another. What is stored of an answer goes
    when its items are read again. A query; in an increment a resolved record comes as
    vanished.

    `open_rejects` would look at all that are open: of a source that is asked each
    minute these are many. Here it is those of the snapshots that something came of.
#}
{% macro open_rejects_of_snapshots(items, good) %}
{% set minute = bucket('snapshot_at', '1 minute') %}
{% set newest_first = 'stored.fetched_at desc, stored.load_id desc' %}
{% set values = ['snapshot_at', 'coin_id', 'reason', 'item', 'request'] %}
{% set columns = ['record_key'] + values + ['fetched_at', 'load_id', 'item_position'] %}
with

{% if is_incremental() %}
read_again as (

    select distinct asked.request::jsonb ->> 'asked_at' as asked_at
    from (select distinct items.request from {{ items }} as items) as asked
    where asked.request::jsonb ? 'asked_at'

),

touched as (

    select {{ bucket('items.snapshot_at', '1 minute') }} as snapshot_at
    from {{ items }} as items
    union
    select {{ bucket('part.snapshot_at', '1 minute') }} as snapshot_at
    from {{ changed(good, ['snapshot_at']) }} as part

),
{% endif %}

{% if is_incremental() %}
stored as (

    select
        kept.{{ columns | join(', kept.') }},
        kept.request::jsonb ->> 'asked_at' in (
            select read_again.asked_at from read_again
        ) as is_read_again
    from touched
    cross join lateral (
        select known.*
        from {{ this }} as known
        where known.snapshot_at = touched.snapshot_at
        offset 0 -- noqa: AM09
    ) as kept

),
{% endif %}

suspects as (

    select
        to_char({{ minute }} at time zone 'utc', 'YYYY-MM-DD HH24:MI ')
        || coalesce(coin_id::text, '')
        || case
            when coin_id is null or is_another_value then '#' || item_position
            else ''
        end as record_key,
        {{ minute }} as snapshot_at,
        coin_id,
        reason,
        item,
        request,
        fetched_at,
        load_id,
        item_position
    from {{ items }}
    where reason is not null

),

suspected as (

    select {{ columns | join(', ') }}
    from suspects
    {% if is_incremental() %}
    union all
    select {{ columns | join(', ') }}
    from stored
    where is_read_again is not true
    {% endif %}

),

newest as (

    {{ newest_answer('suspected', per=['record_key']) }}

),

answers as (

    select
        minutes.snapshot_at,
        answer.fetched_at,
        answer.load_id
    from (select distinct newest.snapshot_at from newest) as minutes
    cross join lateral (
        select
            stored.fetched_at,
            stored.load_id
        from {{ named(good, 'stored') }}
        where
            stored.snapshot_at >= minutes.snapshot_at
            and stored.snapshot_at < minutes.snapshot_at + interval '1 minute'
        order by {{ newest_first }}
        limit 1
    ) as answer

),

judged as (

    select
        newest.*,
        coalesce(
            (answers.fetched_at, answers.load_id) > (newest.fetched_at, newest.load_id)
            or (
                newest.item_position = 0
                and (answers.fetched_at, answers.load_id)
                = (newest.fetched_at, newest.load_id)
            ),
            false
        ) as is_resolved
    from newest
    left outer join answers on newest.snapshot_at = answers.snapshot_at

)

select
    {{ columns | join(', ') }},
    {{ rejected_code('reason') }} as rejected_code,
    now() as updated_at,
    case when not is_resolved then {{ version() }} end as changed_in
from judged
{% if is_incremental() %}
union all
select
    {{ columns | join(', ') }},
    null as rejected_code,
    now() as updated_at,
    null as changed_in
from stored
where
    is_read_again
    and record_key not in (select newest.record_key from newest)
{% else %}
where not is_resolved
{% endif %}
{% endmacro %}
