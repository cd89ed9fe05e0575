{#
    What is to be done to a table of snapshots for the good `coins` of whole answers: a
    query. The newest answer of a snapshot replaces what stands of it, unless that is of
    a newer one: its coins, each once, at its first position, and those that it no
    longer has, as vanished.

    All rows of a snapshot are of one answer, so that any of them tells which.
#}
{% macro newest_whole(coins, columns) %}
with

answers as (

    select distinct on (snapshot_at)
        snapshot_at,
        fetched_at,
        load_id
    from {{ coins }}
    order by snapshot_at, fetched_at desc, load_id desc

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
        where kept.snapshot_at = answers.snapshot_at
        limit 1
    ) as standing on true
    where
        standing.load_id is null
        or (answers.fetched_at, answers.load_id)
        >= (standing.fetched_at, standing.load_id)
    {% endif %}

),

winners as (

    select distinct on (coins.snapshot_at, coins.coin_id) coins.*
    from {{ coins }} as coins
    inner join chosen
        on
            coins.snapshot_at = chosen.snapshot_at
            and coins.fetched_at = chosen.fetched_at
            and coins.load_id = chosen.load_id
    order by coins.snapshot_at, coins.coin_id, coins.item_position

)

select
    {{ columns | join(', ') }},
    {{ version() }} as changed_in
from winners
{% if is_incremental() %}
union all
select
    lost.{{ columns | join(', lost.') }},
    null as changed_in
from chosen as replaced
cross join lateral (
    select kept.*
    from {{ this }} as kept
    where
        kept.snapshot_at = replaced.snapshot_at
        and not exists (
            select 1
            from winners
            where
                winners.snapshot_at = kept.snapshot_at
                and winners.coin_id = kept.coin_id
        )
    offset 0 -- noqa: AM09
) as lost
{% endif %}
{% endmacro %}
