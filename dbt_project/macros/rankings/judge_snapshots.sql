{#
    The pages of rankings, each judged with the others of its answer: a query. An answer
    are the pages of one run; `whole_at` is when its last page came, `last_told_at` that
    by the source's time, `whole_in` its last load, `fault` why it is not whole, null if
    it is. What comes twice counts once; of a page that was asked twice, the answer with
    more coins.

    A source that announces how many coins it has, by its newest page, is to have sent
    as many, or as many as were wanted: `announced_count`. Where a hundredth at most is
    missing, the source's list is at fault: `missing_count`. Of one that doesn't, the
    first page that is not full is the last; both counts are null. A total below what is
    there already says nothing.

    `pages` has load_id, run, snapshot_at, fetched_at, told_at, first_position (of the
    asked span of coins) and page_size, wanted (coins in all), total (of the source, or
    null) and coins, a jsonb array, null where the page has none.
#}
{% macro judge_snapshots(pages) -%}
    {%- set answer = 'partition by run, snapshot_at' -%}
    {%- set in_order = answer ~ ' order by first_position' -%}
    with

    sized as (

        select
            *,
            jsonb_array_length(coins) as coin_count,
            case
                when total >= first_position - 1 + jsonb_array_length(coins) then total
            end as announced
        from {{ pages }}

    ),

    announced_pages as (

        select
            *,
            least(
                wanted,
                first_value(announced) over (
                    {{ answer }}
                    order by
                        announced is null,
                        fetched_at desc,
                        first_position desc,
                        load_id desc
                )
            ) as most,
            max(announced) over ({{ answer }}) is not null as is_announced
        from sized

    ),

    single as (

        select distinct on (run, snapshot_at, first_position) *
        from announced_pages
        order by
            run,
            snapshot_at,
            first_position,
            coin_count desc nulls last,
            fetched_at desc,
            load_id desc

    ),

    counted as (

        select
            *,
            first_position + page_size - 1 as reached,
            row_number() over ({{ in_order }}) as page_number,
            lead(first_position) over ({{ in_order }}) is null as is_last,
            coalesce(lag(first_position + page_size) over ({{ in_order }}), 1)
                as next_position,
            case
                when is_announced
                    then
                        greatest(
                            least(page_size, most - first_position + 1) - coin_count, 0
                        )
            end as lacking
        from single

    ),

    judged as (

        select
            *,
            case
                when first_position != next_position
                    then {{ reason('page %s is missing', 'page_number') }}
                when coin_count is null
                    then {{ reason('page %s is not readable', 'page_number') }}
                when
                    is_last
                    and reached < most
                    and (is_announced or coin_count = page_size)
                    then {{ reason('page %s is missing', 'page_number + 1') }}
            end as page_fault
        from counted

    ),

    summed as (

        select
            *,
            max(fetched_at) over ({{ answer }}) as whole_at,
            max(told_at) over ({{ answer }}) as last_told_at,
            max(load_id) over ({{ answer }}) as whole_in,
            sum(coin_count) over ({{ answer }}) as sent_count,
            case when is_announced then most end as announced_count,
            sum(lacking) over ({{ answer }})::bigint as missing_count,
            first_value(page_fault) over (
                {{ answer }} order by page_fault is null, first_position
            ) as first_fault
        from judged

    )

    select
        *,
        case
            when sent_count = 0 then {{ reason('an answer without coins') }}
            when first_fault is not null then first_fault
            when missing_count * 100 > announced_count
                then
                    {{ reason(
                        '%s of %s announced coins are missing',
                        'missing_count', 'announced_count'
                    ) }}
        end as fault
    from summed
{%- endmacro %}
