{#
    The answers that may take back a record, cut into pieces of `width`: a query of their
    rows, each with `started_at`, when its piece starts. In an increment those that are
    no older than what arrived of the same `per`, `winners` or `new_answers`; in a first
    build all, or those alone that overlap where records lie `within` their answers, and
    all of these are there. A part of `retracting`, which says what these are.
#}
{% macro rival_pieces(winners, answers, new_answers, per, width, within) -%}
    {%- set is_compared = within and not is_incremental() -%}
    with

    {% if is_incremental() %}
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
            from {{ new_answers }}
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

    )
    {% else %}
    rivals as (

        select * from {{ answers }}

    ){{ ',' if is_compared }}
    {% endif %}

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

    )
    {% endif %}

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
        {% if is_compared %}
        and (spans.is_tangled or {{ has_unread(answers) }})
        {% endif %}
{%- endmacro %}
