{#
    Fails for every loan whose totals are not those of its own rows in the files, up to
    the day told.
#}
{% test totals_equal_their_files(model, schedules, payments, dated) %}

select tested.loan_id
from {{ model }}
cross join lateral (
    select coalesce(sum(schedules.due_amount), 0) as amount
    from {{ named(schedules, 'schedules') }}
    where schedules.loan_id = tested.loan_id
) as owed
cross join lateral (
    select coalesce(sum(payments.paid_amount), 0) as amount
    from {{ named(payments, 'payments') }}
    inner join {{ named(dated, 'dated') }} on payments.paid_date <= dated.as_of_date
    where payments.loan_id = tested.loan_id
) as paid
where
    tested.total_amount_expected != owed.amount
    or tested.total_amount_paid != paid.amount

{% endtest %}
