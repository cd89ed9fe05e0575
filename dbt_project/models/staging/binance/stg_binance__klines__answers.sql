{{ config(
    unique_key=['symbol', 'fetched_at', 'load_id', 'covers_from'],
) }}

{% set whole_number = '^-?[0-9]{1,15}$' %}

with

landed as (

    select
        _dlt_load_id as load_id,
        request,
        request::jsonb as asked,
        payload,
        fetched_at,
        coalesce(answered_at, fetched_at) as known_at,
        {{ is_plain_klines('payload') }} as is_plain
    from {{ newly_arrived(source('raw', 'binance__klines')) }} as arrived
    where
        request::jsonb ->> 'interval' = '1m'
        and length(request::jsonb ->> 'symbol') <= 200
    -- offset 0: judged once, though the next asks again
    offset 0 -- noqa: AM09

),

-- a plain page need not be taken apart: its candles are in order
measured as (

    select
        landed.*,
        case
            when landed.is_plain
                then
                    octet_length(landed.payload)
                    - octet_length(replace(landed.payload, '[', '')) - 1
            else parsed.candle_count
        end as candle_count,
        case
            when landed.is_plain
                then {{ epoch_to_timestamp(
                    "substring(landed.payload from '^..([0-9]+)')::numeric"
                ) }}
            else parsed.first_at
        end as first_at,
        case
            when landed.is_plain
                then {{ epoch_to_timestamp(
                    "split_part(split_part(landed.payload, '[', -1), ',', 1)::numeric"
                ) }}
            else parsed.last_at
        end as last_at,
        landed.is_plain or parsed.is_timed as is_timed
    from landed
    cross join
        lateral ( -- noqa: ST05
            select
                count(*) as candle_count,
                coalesce(bool_and(candles.opens_at is not null), true) as is_timed,
                min(candles.opens_at) as first_at,
                max(candles.opens_at) as last_at
            from {{ kline_times(
                "case when landed.is_plain then '[]' else landed.payload end"
            ) }} as candles
        ) as parsed
    -- offset 0: looked at once, though what follows asks again
    offset 0 -- noqa: AM09

),

spans as (

    select
        measured.*,
        to_timestamp((measured.asked ->> 'startTime')::numeric / 1000) as asked_from,
        to_timestamp(((measured.asked ->> 'endTime')::numeric + 1) / 1000) as asked_to,
        measured.candle_count >= (measured.asked ->> 'limit')::numeric as is_full
    from measured
    where
        measured.asked ->> 'startTime' ~ '{{ whole_number }}'
        and measured.asked ->> 'endTime' ~ '{{ whole_number }}'
        and measured.asked ->> 'limit' ~ '{{ whole_number }}'

),

-- a full page goes as far as its last candle, and none past what had closed by then
covered as (

    select
        spans.*,
        {{ bucket("spans.asked_from + interval '59.999999 seconds'", '1 minute') }}
            as covers_from,
        case
            when not spans.is_timed then spans.asked_from
            when spans.candle_count = 0
                then {{ bucket('least(spans.asked_to, spans.known_at)', '1 minute') }}
            when spans.first_at < spans.asked_from or spans.last_at >= spans.asked_to
                then spans.asked_from
            when spans.is_full
                then {{ bucket('spans.last_at', '1 minute') }} + interval '1 minute'
            else {{ bucket('least(spans.asked_to, spans.known_at)', '1 minute') }}
        end as covers_to
    from spans

),

answers as (

    select distinct on (symbol, fetched_at, load_id, covers_from)
        -- keys
        asked ->> 'symbol' as symbol,
        fetched_at,
        load_id,
        covers_from,
        -- measures
        greatest(covers_from, covers_to) as covers_to,
        -- attributes
        request,
        {{ version() }} as changed_in
    from covered
    order by 1, 2, 3, 4, 5 desc

)

select * from answers
