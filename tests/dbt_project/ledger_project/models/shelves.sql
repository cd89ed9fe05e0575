{{ config(unique_key=var('shelf_key', ['room', 'shelf']), lookups=[['shelf']]) }}

with

touched as (

    select room, shelf
    from {{ changed(ref('things'), ['room', 'shelf']) }} as thing
    group by 1, 2

),

shelves as (

    select
        touched.room,
        touched.shelf,
        summed.*,
        now() as updated_at
    from touched
    cross join lateral (
        select
            sum(thing.weight)::bigint as weight,
            case when count(*) > 0 then {{ version() }} end as changed_in
        from {{ named(ref('things'), 'thing') }}
        -- one that has gone keeps its row, by which an older answer is known as such
        where
            thing.room = touched.room
            and thing.shelf = touched.shelf
            and thing.weight is not null
    ) as summed

)

select * from shelves
{% if not is_incremental() %}where changed_in is not null{% endif %}
