-- Pages of every symbol as Binance answers them, for the minutes that open in
-- [start, end), as one completed load of the ingestion. Times are epoch milliseconds;
-- `known_at` is the clock of the answer, `revision` goes into the volumes.
with

pages as (

    select
        series.symbol,
        opened_at as first_ms,
        least(opened_at + 60000000, %(end)s) as end_ms
    from unnest(%(symbols)s) as series (symbol)
    cross join generate_series(%(start)s, %(end)s - 1, 60000000) as page (opened_at)

),

landed as (

    insert into raw.binance__klines
    (request, payload, fetched_at, answered_at, _dlt_load_id)
    select
        format(
            '{"endTime":%%s,"interval":"1m","limit":1000,"startTime":%%s,"symbol":"%%s"}',
            %(end)s - 1, pages.first_ms, pages.symbol
        ),
        (
            select
                '[' || string_agg(
                    format(
                        '[%%s,"%%s.12000000","%%s.85000000","%%s.01000000",'
                        '"%%s.50000000","%%s.34567800",%%s,"617283.90000000",%%s,'
                        '"6.17283900","308641.95000000","0"]',
                        minute.opened_ms,
                        20000 + minute.number %% 500,
                        20600 + minute.number %% 500,
                        19000 + minute.number %% 300,
                        20000 + (minute.number + 1) %% 500,
                        12 + minute.number %% 90 + %(revision)s,
                        minute.opened_ms + 59999,
                        minute.number %% 90
                    ),
                    ',' order by minute.opened_ms
                ) || ']'
            from (
                select
                    opened_ms,
                    opened_ms / 60000 as number
                from generate_series(pages.first_ms, pages.end_ms - 1, 60000)
                    as opening (opened_ms)
            ) as minute
        ),
        %(known_at)s,
        %(known_at)s,
        %(load)s
    from pages

),

fetched as (

    insert into raw.binance__fetches
    select
        'binance',
        symbol,
        to_timestamp(%(start)s / 1000),
        to_timestamp(%(end)s / 1000),
        'ok',
        null,
        count(*),
        1,
        %(known_at)s,
        %(load)s
    from pages
    group by 2

)

insert into raw._dlt_loads (load_id, schema_name, status, inserted_at)
values (%(load)s, 'binance', 0, %(known_at)s)
