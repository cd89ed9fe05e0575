{{ config(unique_key=['room']) }}

with

touched as (

    select room
    from {{ changed(ref('shelves'), ['room']) }} as shelf
    group by 1

),

rooms as (

    select
        touched.room,
        summed.*,
        now() as updated_at
    from touched
    cross join lateral (
        select
            sum(shelf.weight)::bigint as weight,
            case when count(*) > 0 then {{ version() }} end as changed_in
        from {{ named(ref('shelves'), 'shelf') }}
        where shelf.room = touched.room
    ) as summed

)

select * from rooms
{% if not is_incremental() %}where changed_in is not null{% endif %}
