{{ config(
    unique_key=['file_name'],
    landed_in="'loans__' || split_part({row}.file_name, '.', 1)",
) }}

with

-- all that landed of the files of which a page is new
pages as (

    {% for name in ['borrowers', 'loans', 'schedules', 'payments'] %}
    select
        '{{ name }}.csv' as file_name,
        landed._dlt_load_id as load_id,
        landed.fetched_at,
        landed.request,
        landed.payload,
        landed.request::jsonb as asked
    from {{ named(source('raw', 'loans__' ~ name), 'landed') }}
    where
        landed._dlt_load_id in {{ known_loads() }}
        and exists (
            select 1
            from {{ newly_arrived(source('raw', 'loans__' ~ name)) }} as arrived
        )
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

ranked as (

    select
        pages.*,
        row_number() over (
            partition by pages.file_name
            order by pages.fetched_at desc, pages.load_id desc
        ) as age_rank
    from pages

),

-- one after the other, the newest first, until one can be used
judged as (

    select
        newest.file_name,
        newest.load_id as newest_load_id,
        newest.fetched_at as newest_fetched_at,
        newest.request as newest_request,
        newest.payload,
        newest.asked,
        used.*
    from ranked as newest
    left outer join lateral {{ newest_usable('newest.file_name') }} as used on true
    where newest.age_rank = 1

),

-- what is in use stays where its page was pruned and no other can be used
held as (

    select known.*
    {% if is_incremental() or is_rebuilt() %}
    from {{ this }} as known
    {% else %}
    from judged as known
    {% endif %}
    where
        not exists (
            select 1
            from pages
            where
                pages.file_name = known.file_name
                and pages.load_id = known.load_id
        )

),

files as (

    select
        -- keys
        judged.file_name,
        -- the file that is used, and how it is read
        coalesce(judged.load_id, held.load_id) as load_id,
        {% for column in [
            'fetched_at', 'changed_at', 'request', 'separator', 'names', 'fields',
            'swapped', 'decimal_mark', 'date_order',
        ] %}
        case
            when judged.load_id is null then held.{{ column }}
            else judged.{{ column }}
        end as {{ column }},
        {% endfor %}
        -- the newest one
        judged.newest_load_id,
        judged.newest_fetched_at,
        judged.newest_request,
        reading.unusable,
        reading.unusable is not null as is_stale,
        -- lineage
        now() as updated_at,
        {{ version() }} as changed_in
    from judged
    left outer join held on judged.file_name = held.file_name
    left outer join lateral {{ why_not_used('judged') }} as reading on true

)

select * from files
