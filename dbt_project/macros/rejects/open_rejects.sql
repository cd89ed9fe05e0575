{#
    The open rejects: of the rows of `suspects` and of those that are open already, the
    newest of each record, unless a good answer as new or newer has its key. One that
    its own answer says otherwise further down is open as long as that answer counts. A
    query; in an increment a resolved record comes as vanished.

    `suspects` has record_key, the columns of the key, reason, item, request and the
    lineage; `good` is the model of the rows that are no rejects. `sentence` is of their
    reason what `rejected_code` knows.
#}
{% macro open_rejects(suspects, good, per, sentence='reason') %}
{% set lineage = ['fetched_at', 'load_id', 'item_position'] %}
{% set columns = ['record_key'] + per + ['reason', 'item', 'request'] + lineage %}
with

suspected as (

    select {{ columns | join(', ') }}
    from {{ suspects }}
    {% if is_incremental() %}
    union all
    select {{ columns | join(', ') }}
    from {{ this }}
    {% elif is_rebuilt() %}
    union all
    select {{ columns | join(', ') }}
    from {{ named(this, 'kept') }}
    where {{ has_lost_its_page('kept') }}
    {% endif %}

),

newest as (

    {{ newest_answer('suspected', per=['record_key']) }}

),

judged as (

    select
        newest.*,
        exists(
            select 1
            from {{ named(good, 'good') }}
            where
                case
                    when newest.reason = {{ said_otherwise() }}
                        then
                            (good.fetched_at, good.load_id)
                            = (newest.fetched_at, newest.load_id)
                    else
                        (good.{{ lineage | join(', good.') }})
                        >= (newest.{{ lineage | join(', newest.') }})
                end
                and {{ keys_match('good', 'newest', per) }}
        ) != (newest.reason = {{ said_otherwise() }}) as is_resolved
    from newest

)

select
    {{ columns | join(', ') }},
    {{ rejected_code(sentence) }} as rejected_code,
    now() as updated_at,
    case when not is_resolved then {{ version() }} end as changed_in
from judged
{% if not (is_incremental() or is_rebuilt()) %}
where not is_resolved
{% endif %}
{% endmacro %}
