{{ config(
    unique_key=['turbine_id', 'signal', 'fetched_at', 'load_id', 'covers_from'],
    meta={'version': 2},
) }}

with

-- materialized: taken apart once
items as materialized (

    select
        load_id,
        request,
        fetched_at,
        signal,
        read_at,
        reason
    from {{ ref('stg_plant__readings__items') }}

),

pages as (

    select
        arrived._dlt_load_id as load_id,
        arrived.request,
        arrived.request::jsonb as asked,
        arrived.fetched_at,
        coalesce(arrived.answered_at, arrived.fetched_at)
        - case
            when arrived.request::jsonb ->> 'stamp' = 'end'
                then
                    (arrived.request::jsonb ->> 'sampling_seconds')::integer
                    * interval '1 second'
            else interval '0 seconds'
        end as stamped_to
    from {{ newly_arrived(source('raw', 'plant__readings')) }} as arrived
    where
        length(arrived.request::jsonb ->> 'turbine') <= 200
        and pg_input_is_valid(arrived.request::jsonb ->> 'start', 'timestamptz')
        and pg_input_is_valid(arrived.request::jsonb ->> 'end', 'timestamptz')

),

-- nothing can be said where a reading has no time
counted as (

    select
        load_id,
        request,
        fetched_at,
        bool_and(read_at is not null) as is_timed
    from items
    group by 1, 2, 3

),

-- a signal that no row has is one that the plant does not know
said as (

    select
        load_id,
        request,
        fetched_at,
        signal,
        array_agg(read_at) filter (where reason is not null) as unusable_at
    from items
    where signal is not null
    group by 1, 2, 3, 4
    union all
    select
        pages.load_id,
        pages.request,
        pages.fetched_at,
        wanted.signal,
        null as unusable_at
    from pages
    cross join
        lateral jsonb_array_elements_text(
            case
                when jsonb_typeof(pages.asked -> 'columns') = 'array'
                    then pages.asked -> 'columns'
                else '[]'
            end
        ) as wanted (signal)
    left outer join counted
        on
            pages.load_id = counted.load_id
            and pages.request = counted.request
            and pages.fetched_at = counted.fetched_at
    where counted.load_id is null

),

answers as (

    select distinct on (
        turbine_id, said.signal, pages.fetched_at, pages.load_id, covers_from
    )
        -- keys
        pages.asked ->> 'turbine' as turbine_id,
        said.signal,
        pages.fetched_at,
        pages.load_id,
        (pages.asked ->> 'start')::timestamptz as covers_from,
        -- measures
        greatest(
            least((pages.asked ->> 'end')::timestamptz, pages.stamped_to),
            (pages.asked ->> 'start')::timestamptz
        ) as covers_to,
        -- attributes
        said.unusable_at,
        pages.request,
        {{ version() }} as changed_in
    from pages
    inner join said
        on
            pages.load_id = said.load_id
            and pages.request = said.request
            and pages.fetched_at = said.fetched_at
    left outer join counted
        on
            pages.load_id = counted.load_id
            and pages.request = counted.request
            and pages.fetched_at = counted.fetched_at
    where coalesce(counted.is_timed, true)
    order by 1, 2, 3, 4, 5, 6 desc

)

select * from answers
