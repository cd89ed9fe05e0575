{#
    The rejects that stand of a source of snapshots: of the rows of `suspects` and of
    those that stand already, the newest of each record, unless what stands of its
    snapshot in `good` is of a newer answer. A query; in an increment a resolved record
    comes as vanished.

    `unresolved` would look at all that stand: of a source that is asked each minute
    these are many. Here it is those of the snapshots that something came of.
#}
{% macro unreplaced(suspects, good) %}
{% set values = ['snapshot_at', 'coin_id', 'reason', 'item', 'request'] %}
{% set columns = ['record_key'] + values + ['fetched_at', 'load_id', 'item_position'] %}
with

{% if is_incremental() %}
touched as (

    select snapshot_at from {{ suspects }}
    union
    select part.snapshot_at
    from {{ changed(good, {'snapshot_at': 'timestamptz'}) }} as part

),
{% endif %}

suspected as (

    select {{ columns | join(', ') }}
    from {{ suspects }}
    {% if is_incremental() %}
    union all
    select standing.{{ columns | join(', standing.') }}
    from touched
    cross join lateral (
        select kept.*
        from {{ this }} as kept
        where kept.snapshot_at = touched.snapshot_at
        offset 0 -- noqa: AM09
    ) as standing
    {% endif %}

),

newest as (

    {{ newest_answer('suspected', per=['record_key']) }}

),

judged as (

    select
        newest.*,
        coalesce(
            (answer.fetched_at, answer.load_id) > (newest.fetched_at, newest.load_id),
            false
        ) as is_resolved
    from newest
    left outer join lateral (
        select
            good.fetched_at,
            good.load_id
        from {{ named(good, 'good') }}
        where good.snapshot_at = newest.snapshot_at
        limit 1
    ) as answer on true

)

select
    {{ columns | join(', ') }},
    now() as updated_at,
    case when not is_resolved then {{ version() }} end as changed_in
from judged
{% if not is_incremental() %}
where not is_resolved
{% endif %}
{% endmacro %}
