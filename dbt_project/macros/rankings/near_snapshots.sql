{#
    The snapshots that a change touches, and the stored one before each of them, which it
    moved against: rows (snapshot_at, is_touched). Touched are those of which something
    changed, and the one after each, since that moved against what was before it.
#}
{% macro near_snapshots() -%}
    {%- set answers = ref('int_coin_answers__paired') -%}
    (
        with

        changed_snapshots as (

            select part.snapshot_at
            from {{ changed(answers, ['snapshot_at']) }} as part
            {% for system, coins in {
                'coinmarketcap': ref('stg_coinmarketcap__listings'),
                'cryptocompare': ref('stg_cryptocompare__toplist'),
            }.items() %}
            union
            select answer.snapshot_at
            from (
                select distinct part.snapshot_at as asked_at
                from {{ changed(coins, ['snapshot_at']) }} as part
            ) as coins
            cross join
                lateral (
                    select answers.snapshot_at
                    from {{ named(answers, 'answers') }}
                    where
                        answers.system = '{{ system }}'
                        and answers.asked_at = coins.asked_at
                    offset 0 -- noqa: AM09
                ) as answer
            {% endfor %}

        ),

        successors as (

            select (
                select min(kept.snapshot_at)
                from {{ named(this, 'kept') }}
                where kept.snapshot_at > changed_snapshots.snapshot_at
            ) as snapshot_at
            from changed_snapshots

        ),

        touched as (

            select snapshot_at from changed_snapshots
            union
            select snapshot_at from successors
            where snapshot_at is not null

        ),

        predecessors as (

            select (
                select max(kept.snapshot_at)
                from {{ named(this, 'kept') }}
                where kept.snapshot_at < touched.snapshot_at
            ) as snapshot_at
            from touched

        )

        select
            snapshot_at,
            true as is_touched
        from touched
        union all
        select
            untouched.snapshot_at,
            false
        from (
            select snapshot_at from predecessors
            where snapshot_at is not null
            except
            select snapshot_at from touched
        ) as untouched
    )
{%- endmacro %}
