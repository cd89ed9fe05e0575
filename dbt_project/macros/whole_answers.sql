{#
    The pages of rankings, each judged with the others of its answer: a query. An answer
    are the pages of one run and snapshot; `whole_at` is when its last page came,
    `whole_in` its last load, `fault` why it is not whole, null if it is. What comes
    twice counts once.

    `pages` has load_id, run, snapshot_at, fetched_at, first_position (of the asked span of
    coins) and page_size, wanted (coins in all), total (of the source, or null) and
    coins, a jsonb array, null where the page has none.
#}
{% macro whole_answers(pages) -%}
    {%- set answer = 'partition by run, snapshot_at' -%}
    {%- set in_order = answer ~ ' order by first_position' -%}
    select
        judged.*,
        max(judged.fetched_at) over ({{ answer }}) as whole_at,
        max(judged.load_id) over ({{ answer }}) as whole_in,
        case
            when sum(judged.coin_count) over ({{ answer }}) = 0
                then 'an answer without coins'
            else first_value(judged.page_fault) over (
                {{ answer }} order by judged.page_fault is null, judged.first_position
            )
        end as fault
    from (
        select
            counted.*,
            case
                when counted.first_position != coalesce(
                    lag(counted.first_position + counted.page_size) over (
                        {{ in_order }}
                    ),
                    1
                )
                    then format('page %s is missing', counted.page_number)
                when counted.coin_count is null
                    then format('page %s is not readable', counted.page_number)
                when
                    counted.page_number = counted.page_count
                    and counted.coin_count = counted.page_size
                    and counted.first_position + counted.page_size - 1
                    < least(counted.wanted, counted.total)
                    then format('page %s is missing', counted.page_number + 1)
            end as page_fault
        from (
            select
                single.*,
                jsonb_array_length(single.coins) as coin_count,
                row_number() over ({{ in_order }}) as page_number,
                count(*) over ({{ answer }}) as page_count
            from (
                select distinct on (run, snapshot_at, first_position) *
                from {{ pages }}
                order by run, snapshot_at, first_position, fetched_at desc
            ) as single
        ) as counted
    ) as judged
{%- endmacro %}
