{#
    A query of what would go with a relation (an expression of its oid) that is dropped,
    and that this project did not make: views of others, materialized views, and of a
    table its policies and triggers. A row each with its `name`, for a person.

    Views of ours do not count: they are made to read what comes in its place. What reads
    these does where they go too (`with_views`).
#}
{% macro lost_with(relation, with_views=false) %}
with recursive readings (reader, steps) as (
    select
        {{ relation }}::oid,
        0
    union
    select
        rules.ev_class,
        readings.steps + 1
    from readings
    inner join pg_depend as uses on readings.reader = uses.refobjid
    inner join pg_rewrite as rules on uses.objid = rules.oid
    where
        uses.classid = 'pg_rewrite'::regclass
        and rules.ev_class != uses.refobjid
        {{ 'and readings.steps = 0' if not with_views }}
)

select
    format(
        '%s (a %s of %s)',
        readings.reader::regclass,
        case known.relkind when 'm' then 'materialized view' else 'view' end,
        known.relowner::regrole
    ) as name
from readings
inner join pg_class as known on readings.reader = known.oid
where
    readings.steps > 0
    and (known.relkind != 'v' or known.relowner != current_user::regrole)
union
select format('%s (a policy)', polname)
from pg_policy
where polrelid = {{ relation }}
union
select format('%s (a trigger)', tgname)
from pg_trigger
where tgrelid = {{ relation }} and not tgisinternal
order by name
{% endmacro %}
