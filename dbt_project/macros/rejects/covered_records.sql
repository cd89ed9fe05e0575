{#
    The stored records that newer ones among the `new_answers` cover, each with the answer
    that does, and with the winner that came for it, if one did (`winner_at`,
    `winner_in`): a query. It has rows of winners alone as well, whose load_id is null. A
    part of `retracting`, which says what these are.

    They meet by a sort: the planner does not know how many there are of both, and would
    join them by looking through all for each.
#}
{% macro covered_records(winners, new_answers, per, time, is_date, names_unusable) -%}
    {%- set key = per + [time] -%}
    {%- set at_midnight = "::timestamp at time zone 'utc'" if is_date else '' -%}
    {%- set to_date = ('(', " at time zone 'utc')::date") if is_date else ('', '') -%}
    {%- set of_key = 'partition by ' ~ key | join(', ') -%}
    with

    kept as materialized (

        select
            {% for column in key %}
            stored.{{ column }},
            {% endfor %}
            new_answers.fetched_at,
            new_answers.load_id,
            new_answers.request
        from {{ new_answers }} as new_answers
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

    )

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
{%- endmacro %}
