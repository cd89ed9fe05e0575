{#
    Fails for every day of which staging has more or fewer rows, good ones and rejects,
    than its newest whole answer. Looks at the days of tested answers.
#}
{% test adds_up_in_staging(model, answers, rows, rejects) %}

select
    newest.block_date,
    newest.row_count,
    good.row_count as good_count,
    bad.row_count as bad_count
from (select distinct tested.block_date from {{ model }}) as days
cross join lateral (
    select
        answers.block_date,
        answers.row_count
    from {{ named(answers, 'answers') }}
    where
        answers.block_date = days.block_date
        and answers.is_whole
        and not answers.is_trial
    order by answers.fetched_at desc, answers.job_id desc
    limit 1
) as newest
cross join lateral (
    select count(*) as row_count
    from {{ named(rows, 'kept') }}
    where kept.block_date = newest.block_date
) as good
cross join lateral (
    select count(*) as row_count
    from {{ named(rejects, 'kept') }}
    where
        kept.block_date = newest.block_date
        and kept.item_position > 0
        -- whose row is good but for an address of a side
        and kept.rejected_code != 'no_address'
) as bad
where good.row_count + bad.row_count != newest.row_count

{% endtest %}
