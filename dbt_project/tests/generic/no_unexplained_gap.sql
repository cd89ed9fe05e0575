{#
    Fails for every past day whose minutes are neither there nor known to be missing at
    the source, or to have had no trades. Looks at each tested day, and back to the day
    before it.
#}
{% test no_unexplained_gap(model, days, absences) %}

select
    tested.exchange,
    tested.symbol,
    past.opened_at
from {{ model }}
cross join lateral (
    select
        days.opened_at,
        days.is_final,
        tstzrange(days.opened_at + interval '24 hours', tested.opened_at) as absent
    from {{ named(days, 'days') }}
    where
        days.exchange = tested.exchange
        and days.symbol = tested.symbol
        and days.opened_at < tested.opened_at
    order by days.opened_at desc
    limit 1
) as past
where
    not past.is_final
    or not (
        isempty(past.absent)
        or coalesce((
            select
                range_agg(tstzrange(gap.asked_from, gap.asked_to)) @> past.absent
            from {{ named(absences, 'gap') }}
            where
                gap.system = tested.exchange
                and gap.key = tested.symbol
                and gap.asked_from < upper(past.absent)
                and gap.asked_to > lower(past.absent)
        ), false)
    )
union
select
    tested.exchange,
    tested.symbol,
    tested.opened_at
from {{ model }}
where
    not tested.is_final
    and exists (
        select 1
        from {{ named(days, 'later') }}
        where
            later.exchange = tested.exchange
            and later.symbol = tested.symbol
            and later.opened_at > tested.opened_at
    )

{% endtest %}
