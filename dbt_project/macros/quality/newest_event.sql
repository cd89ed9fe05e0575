{#
    The newest `time` of a relation, whose key is the columns `per` and then the time:
    one look into its index for each value of `per`, however long the series are. A
    scalar subquery, null for an empty relation.
#}
{% macro newest_event(relation, per, time) -%}
{% if not per %}
    (select max(events.{{ time }}) from {{ named(relation, 'events') }})
{% else %}
    (
        with recursive series as (
            (
                select {{ per | join(', ') }}
                from {{ named(relation, 'events') }}
                order by {{ per | join(', ') }}
                limit 1
            )
            union all
            select {% for column in per %}next_one.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
            from series
            cross join lateral (
                select {{ per | join(', ') }}
                from {{ named(relation, 'events') }}
                where
                    ({% for column in per %}events.{{ column }}{{ ', ' if not loop.last }}{% endfor %})
                    > ({% for column in per %}series.{{ column }}{{ ', ' if not loop.last }}{% endfor %})
                order by {{ per | join(', ') }}
                limit 1
            ) as next_one
        )

        select max(newest.{{ time }})
        from series
        cross join lateral (
            select events.{{ time }}
            from {{ named(relation, 'events') }}
            where
                {% for column in per %}
                events.{{ column }} = series.{{ column }}
                and
                {% endfor %}
                true
            order by events.{{ time }} desc
            limit 1
        ) as newest
    )
{%- endif %}
{%- endmacro %}
