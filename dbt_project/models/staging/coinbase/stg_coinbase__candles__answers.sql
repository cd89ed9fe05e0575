{{ config(
    unique_key=['symbol', 'fetched_at', 'load_id', 'covers_from'],
    group='crypto',
) }}

with

landed as (

    select
        _dlt_load_id as load_id,
        request,
        request::jsonb as asked,
        payload,
        fetched_at,
        coalesce(answered_at, fetched_at) as known_at
    from {{ newly_arrived(source('raw', 'coinbase__candles')) }} as arrived
    where
        request::jsonb ->> 'granularity' = '60'
        and length(request::jsonb ->> 'symbol') <= 200

),

-- both ends are times that minutes open at
spans as (

    select
        landed.*,
        {{ text_to_timestamp("landed.asked ->> 'start'") }} as covers_from,
        {{ text_to_timestamp("landed.asked ->> 'end'") }} + interval '1 minute'
            as asked_to,
        timed.is_timed
    from landed
    cross join
        lateral ( -- noqa: ST05
            select coalesce(bool_and(candles.opens_at is not null), true) as is_timed
            from {{ kline_times('landed.payload', in_seconds=true) }} as candles
        ) as timed

),

-- none past what had closed by then
answers as (

    select distinct on (symbol, fetched_at, load_id, covers_from)
        -- keys
        asked ->> 'symbol' as symbol,
        fetched_at,
        load_id,
        covers_from,
        -- measures
        case
            when is_timed
                then greatest(
                    covers_from,
                    {{ bucket('least(asked_to, known_at)', '1 minute') }}
                )
            else covers_from
        end as covers_to,
        -- attributes
        request,
        {{ version() }} as changed_in
    from spans
    where covers_from is not null and asked_to is not null
    order by 1, 2, 3, 4, 5 desc

)

select * from answers
