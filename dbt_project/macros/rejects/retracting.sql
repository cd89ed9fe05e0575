{#
    What is to be done to a table for the `winners` among arrived rows, and for what
    arrived `answers` no longer have: a query.

    An answer is complete for what it covers. So a row goes if an answer that is newer
    than the newest one that has it covers its time, whatever order they come in. Where
    `page_rows` is given, lateral rows (`per` and `time`) of a page, what it has but
    staging rejects is not lacking; an answer may also name such times in `unusable_at`.

    `answers` has the columns of `per`, covers_from and covers_to (timestamptz), request,
    fetched_at, load_id, changed_in. `time` may be a date (`is_date`). `width` is about
    the span of an answer, in hours at most: records and answers meet by it. Where all
    records of an answer lie `within` what it covers, but for one that covers nothing,
    a first build looks only at answers that overlap.
#}
{% macro retracting(
    winners, answers, per, time, columns, width,
    page_table=none, page_rows=none, is_date=false, names_unusable=false, within=false
) %}
{% set key = per + [time] %}
{% set at_midnight = "::timestamp at time zone 'utc'" if is_date else '' %}
{% set to_date = ('(', " at time zone 'utc')::date") if is_date else ('', '') %}
{% set of_key = 'partition by ' ~ key | join(', ') %}
with

{% if is_incremental() %}
new_answers as materialized (

    select *
    from {{ answers }}
    where
        changed_in > {{ last_read(answers) }}
        and covers_from < covers_to

),

since as (

    select
        {{ per | join(', ') }},
        min(fetched_at) as fetched_at
    from (
        select
            {{ per | join(', ') }},
            fetched_at
        from {{ winners }}
        union all
        select
            {{ per | join(', ') }},
            fetched_at
        from new_answers
    ) as arrived
    group by {{ per | join(', ') }}

),

rivals as (

    select later.*
    from since
    cross join lateral (
        select all_answers.*
        from {{ named(answers, 'all_answers') }}
        where
            {{ keys_match('all_answers', 'since', per) }}
            and all_answers.fetched_at >= since.fetched_at
            and all_answers.covers_from < all_answers.covers_to
        -- offset 0: by the key's index
        offset 0 -- noqa: AM09
    ) as later

),
{% else %}
rivals as (

    select * from {{ answers }}

),
{% endif %}

{% set is_compared = within and not is_incremental() %}
{% if is_compared %}
compared as (

    select
        rivals.*,
        coalesce(
            covers_from < max(covers_to) over (
                partition by {{ per | join(', ') }}
                order by covers_from, covers_to, fetched_at, load_id
                rows between unbounded preceding and 1 preceding
            ),
            false
        )
        or coalesce(
            covers_to > lead(covers_from) over (
                partition by {{ per | join(', ') }}
                order by covers_from, covers_to, fetched_at, load_id
            ),
            false
        )
        or bool_or(covers_from = covers_to) over (
            partition by {{ per | join(', ') }}
        ) as is_tangled
    from rivals

),
{% endif %}

pieces as materialized (

    select
        spans.*,
        piece.started_at
    from {{ 'compared' if is_compared else 'rivals' }} as spans
    cross join lateral generate_series(
        {{ bucket('spans.covers_from', width) }},
        spans.covers_to,
        interval '{{ width }}'
    ) as piece (started_at)
    where
        spans.covers_from < spans.covers_to
        {{ 'and spans.is_tangled' if is_compared }}

),

{% if is_incremental() %}
kept as materialized (

    select
        {% for column in key %}
        stored.{{ column }},
        {% endfor %}
        new_answers.fetched_at,
        new_answers.load_id,
        new_answers.request
    from new_answers
    cross join lateral (
        select {{ key | join(', ') }}
        from {{ this }} as held
        where
            {{ keys_match('held', 'new_answers', per) }}
            and held.{{ time }} >= {{ to_date | join('new_answers.covers_from') }}
            and held.{{ time }} < {{ to_date | join('new_answers.covers_to') }}
            and (held.fetched_at, held.load_id)
            < (new_answers.fetched_at, new_answers.load_id)
            {% if names_unusable %}
            and (held.{{ time }}{{ at_midnight }} = any(new_answers.unusable_at)) is not true
            {% endif %}
        offset 0 -- noqa: AM09
    ) as stored

),

-- each with the winner that came for it, if one did. By a sort: the planner does not know
-- how many there are of both, and would join them by looking through all for each
met as (

    select
        *,
        max(came_at) over ({{ of_key }}) as winner_at,
        max(came_in) over ({{ of_key }}) as winner_in
    from (
        select
            *,
            null as came_at,
            null as came_in
        from kept
        union all
        select
            {{ key | join(', ') }},
            null as fetched_at,
            null as load_id,
            null as request,
            fetched_at as came_at,
            load_id as came_in
        from {{ winners }}
        where (select exists (select 1 from kept))
    ) as both_of_them

),
{% endif %}

-- records whose newest row is older than an answer that covers them
candidates as materialized (

    select
        {% for column in key %}
        winners.{{ column }},
        {% endfor %}
        pieces.fetched_at,
        pieces.load_id,
        pieces.request,
        false as is_stored
    from {{ winners }} as winners
    inner join pieces
        on
            {{ keys_match('winners', 'pieces', per) }}
            and {{ bucket('winners.' ~ time ~ at_midnight, width) }} = pieces.started_at
            and winners.{{ time }}{{ at_midnight }} >= pieces.covers_from
            and winners.{{ time }}{{ at_midnight }} < pieces.covers_to
            and (pieces.fetched_at, pieces.load_id)
            > (winners.fetched_at, winners.load_id)
            {% if names_unusable %}
            and (winners.{{ time }}{{ at_midnight }} = any(pieces.unusable_at)) is not true
            {% endif %}
    {% if is_incremental() %}
    union all
    select
        {{ key | join(', ') }},
        fetched_at,
        load_id,
        request,
        true as is_stored
    from met
    where
        load_id is not null
        and (winner_in is null or (winner_at, winner_in) < (fetched_at, load_id))
    {% endif %}

),

{% if page_rows %}
-- what these answers have, good or not
present as materialized (

    select
        pages.request,
        pages.fetched_at,
        pages.load_id,
        had.*
    from (
        select distinct
            request,
            fetched_at,
            load_id
        from candidates
    ) as pages
    inner join {{ named(page_table, 'landed') }}
        on
            pages.load_id = landed._dlt_load_id
            and pages.fetched_at = landed.fetched_at
            and pages.request = landed.request
    cross join lateral {{ page_rows }} as had

),
{% endif %}

lacking as materialized (

    select candidates.*
    from candidates
    {% if page_rows %}
    where
        not exists (
            select 1
            from present
            where
                {{ keys_match('present', 'candidates', key) }}
                and present.fetched_at = candidates.fetched_at
                and present.load_id = candidates.load_id
                and present.request = candidates.request
        )
    {% endif %}

)

select
    winners.{{ columns | join(', winners.') }},
    winners.changed_in
from {{ winners }} as winners
where
    ({{ 'winners.' ~ key | join(', winners.') }}) not in (
        select {{ key | join(', ') }}
        from lacking
        where not is_stored
    )
{% if is_incremental() %}
union all
select
    lost.{{ columns | join(', lost.') }},
    null as changed_in
from (
    select distinct {{ key | join(', ') }}
    from lacking
    where is_stored
) as retracted
cross join lateral (
    select stored.*
    from {{ this }} as stored
    where {{ keys_match('stored', 'retracted', key) }}
    offset 0 -- noqa: AM09
) as lost
{% endif %}
{% endmacro %}
