{#
    The `answers` of the two sources of a ranking, each with the other's that it makes a
    snapshot with: a query. Two pair if each is the other's nearest by the time that they
    were fetched at, and that is `apart` at most; of two as near the earlier.

    `answers` are as `whole_answers` returns them. One that has gone pairs with none and
    is left out.
#}
{% macro paired_answers(answers, apart) -%}
    {%- set earlier_first = 'fetched_at, asked_at, system' -%}
    {%- set so_far = 'order by place' -%}
    {%- set onwards = so_far
        ~ ' rows between current row and unbounded following' -%}
    with

    placed as (

        select
            *,
            system = 'coinmarketcap' as is_price,
            row_number() over (order by {{ earlier_first }}) as place
        from {{ answers }}
        where fetched_at is not null

    ),

    -- of the other source, the answer before and the one after
    flanked as (

        select
            *,
            case
                when is_price
                    then max(place) filter (where not is_price) over ({{ so_far }})
                else max(place) filter (where is_price) over ({{ so_far }})
            end as place_before,
            case
                when is_price
                    then min(place) filter (where not is_price) over ({{ onwards }})
                else min(place) filter (where is_price) over ({{ onwards }})
            end as place_after
        from placed

    ),

    nearest as (

        select
            flanked.*,
            case
                when earlier.place is null then later.place
                when
                    later.fetched_at - flanked.fetched_at
                    < flanked.fetched_at - earlier.fetched_at
                    then later.place
                else earlier.place
            end as nearest_place
        from flanked
        left outer join placed as earlier on flanked.place_before = earlier.place
        left outer join placed as later on flanked.place_after = later.place

    )

    select
        nearest.system,
        nearest.asked_at,
        nearest.fetched_at,
        nearest.announced_count,
        nearest.missing_count,
        other.asked_at as partner_at,
        {{ bucket('least(nearest.asked_at, other.asked_at)', '1 minute') }}
            as snapshot_at
    from nearest
    left outer join nearest as other
        on
            nearest.nearest_place = other.place
            and nearest.place = other.nearest_place
            and nearest.fetched_at - other.fetched_at
            between -{{ apart }} and {{ apart }}
{%- endmacro %}
