{#
    The records that the newest answer about them no longer has, each with that answer,
    as suspects without a record_key: a query. They are among the `unused` items, and in
    an increment among what has vanished from `good` or is in `this` already.

    `is_date`: the last column of `key` is a date.
#}
{% macro retracted_records(unused, good, answers, per, time, type='timestamptz') %}
{% set key = per + [time] %}
{% set is_date = type == 'date' %}
{% set at_midnight = "::timestamp at time zone 'utc'" if is_date else '' %}
{% set to_date = ('(', " at time zone 'utc')::date") if is_date else ('', '') %}
with

asked_about as (

    select distinct {{ key | join(', ') }}
    from {{ unused }}
    where reason != {{ said_otherwise() }} and {{ time }} is not null
    {% if is_incremental() %}
    union
    select missing.{{ key | join(', missing.') }}
    from {{ vanished(good, key) }} as missing
    union
    select kept.{{ key | join(', kept.') }}
    from {{ this }} as kept
    inner join (
        select *
        from {{ answers }}
        where changed_in > {{ last_read(answers) }}
    ) as new_answers
        on
            {{ keys_match('kept', 'new_answers', per) }}
            and kept.{{ time }} >= {{ to_date | join('new_answers.covers_from') }}
            and kept.{{ time }} < {{ to_date | join('new_answers.covers_to') }}
    where kept.reason != {{ said_otherwise() }}
    {% endif %}

),

retracted as (

    select asked_about.*
    from asked_about
    left outer join lateral (
        select found.load_id
        from {{ named(good, 'found') }}
        where {{ keys_match('found', 'asked_about', key) }}
        offset 0 -- noqa: AM09
    ) as winners on true
    where winners.load_id is null

)

select
    retracted.{{ key | join(', retracted.') }},
    null::jsonb as item,
    taker.request,
    taker.fetched_at,
    taker.load_id,
    0::bigint as item_position,
    {{ taken_back() }} as reason
from retracted
cross join lateral (
    select all_answers.*
    from {{ named(answers, 'all_answers') }}
    where
        {{ keys_match('all_answers', 'retracted', per) }}
        and retracted.{{ time }}{{ at_midnight }} >= all_answers.covers_from
        and retracted.{{ time }}{{ at_midnight }} < all_answers.covers_to
    order by all_answers.fetched_at desc, all_answers.load_id desc
    limit 1
) as taker
{% endmacro %}
