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
    a first build looks only at answers that overlap, if these have read all that it has.
#}
{% macro retracting(
    winners, answers, per, time, columns, width,
    page_table=none, page_rows=none, is_date=false, names_unusable=false, within=false
) %}
{% set key = per + [time] %}
{% set at_midnight = "::timestamp at time zone 'utc'" if is_date else '' %}
with

{% if is_incremental() %}
new_answers as materialized (

    select *
    from {{ answers }}
    where
        changed_in > {{ last_read(answers) }}
        and covers_from < covers_to

),
{% endif %}

pieces as materialized (

    {{ rival_pieces(winners, answers, 'new_answers', per, width, within) }}

),

{% if is_incremental() %}
met as (

    {{ covered_records(
        winners, 'new_answers', per, time, is_date, names_unusable
    ) }}

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
