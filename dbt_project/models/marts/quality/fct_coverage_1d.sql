{{ config(
    unique_key=['system', 'series_key', 'covered_date'],
    meta={'version': 2},
) }}

{% set candles, minutes = ref('fct_candles_1d'), ref('stg_binance__klines') %}
{% set samples, limits = ref('stg_plant__readings'), ref('stg_plant__signals') %}
{% set rates, transfers = ref('fct_fx_rates_1d'), ref('fct_token_transfers_1d') %}
{% set answers, signals = ref('int_coin_answers__paired'), ref('dim_signals') %}
{% set pair = 'base_currency || quote_currency' %}
{% set changed_transfers = changed(transfers, ['transfer_date']) ~ ' as part' %}
{% set midnight = "::timestamp at time zone 'utc'" %}

with

-- Binance: a candle says of a whole day that all of its minutes are there
candle_days as (

    {% if is_incremental() %}
    select
        symbol,
        opened_at
    from {{ changed(candles, ['symbol', 'opened_at']) }} as part
    union
    -- where one minute came for another, their candle may be what it was
    select
        symbol,
        {{ bucket('opened_at', '24 hours') }} as opened_at
    from {{ changed(minutes, ['symbol', 'opened_at']) }} as part
    {% else %}
    select
        symbol,
        opened_at
    from {{ candles }}
    {% endif %}

),

covered_candles as (

    select
        'binance' as system,
        candle_days.symbol as series_key,
        (candle_days.opened_at at time zone 'utc')::date as covered_date,
        case
            when candle.is_complete
                then tstzmultirange(tstzrange(
                    candle_days.opened_at, candle_days.opened_at + interval '24 hours'
                ))
            else said.covered
        end as covered,
        candle.minute_count as present_count,
        1440 as expected_count,
        60 as slot_seconds,
        1 as slot_count,
        null::jsonb as partial_counts,
        null::tstzrange as record_span
    from candle_days
    left outer join {{ named(candles, 'candle') }}
        on
            candle_days.symbol = candle.symbol
            and candle_days.opened_at = candle.opened_at
    cross join lateral (
        select
            range_agg(
                tstzrange(minutes.opened_at, minutes.opened_at + interval '1 minute')
            ) as covered
        from {{ named(minutes, 'minutes') }}
        where
            not candle.is_complete
            and minutes.symbol = candle_days.symbol
            and minutes.opened_at >= candle_days.opened_at
            and minutes.opened_at < candle_days.opened_at + interval '24 hours'
    ) as said

),

-- the plant: a slot with as many readings as the quickest sensor takes
turbine_signals as (

    select distinct
        turbine_id,
        signal
    from {{ signals }}

),

{% if is_incremental() %}
listed_signals as (

    select distinct
        turbine_id,
        signal
    from {{ changed(signals, ['turbine_id', 'signal']) }} as part

),
{% endif %}

turbine_days as (

    {% if is_incremental() %}
    select
        turbine_id,
        (read_at at time zone 'utc')::date as read_date
    from {{ changed(samples, ['turbine_id', 'read_at']) }} as part
    union
    -- readings that came before their signal was known
    select
        samples.turbine_id,
        (samples.read_at at time zone 'utc')::date as read_date
    from listed_signals
    inner join {{ named(samples, 'samples') }}
        on
            listed_signals.turbine_id = samples.turbine_id
            and listed_signals.signal = samples.signal
    union
    -- the quickest sensor of a turbine may be that of a day on which it took none
    select
        kept.series_key as turbine_id,
        kept.covered_date as read_date
    from {{ named(this, 'kept') }}
    where
        kept.system = 'plant'
        and kept.series_key in (
            select listed_signals.turbine_id
            from listed_signals
            union
            select turbine_signals.turbine_id
            from {{ changed(limits, ['signal']) }} as relisted
            inner join turbine_signals on relisted.signal = turbine_signals.signal
        )
    {% else %}
    select distinct
        turbine_id,
        (read_at at time zone 'utc')::date as read_date
    from {{ samples }}
    {% endif %}

),

turbines as (

    select
        turbine_signals.turbine_id,
        min(coalesce(limits.sampling_seconds, 60)) as sampling_seconds
    from turbine_signals
    left outer join {{ named(limits, 'limits') }}
        on turbine_signals.signal = limits.signal
    group by 1

),

windows as (

    select
        turbine_days.turbine_id,
        turbine_days.read_date,
        {{ bucket('taken.read_at', '10 minutes') }} as window_started_at,
        count(distinct taken.read_at) as reading_count,
        min(taken.sampling_seconds) as sampling_seconds,
        min(taken.read_at) as first_read_at,
        max(taken.read_at) as last_read_at
    from turbine_days
    inner join turbine_signals on turbine_days.turbine_id = turbine_signals.turbine_id
    cross join
        lateral (
            select
                samples.read_at,
                samples.sampling_seconds
            from {{ named(samples, 'samples') }}
            where
                samples.turbine_id = turbine_days.turbine_id
                and samples.signal = turbine_signals.signal
                and samples.read_at >= turbine_days.read_date{{ midnight }}
                and samples.read_at
                < (turbine_days.read_date + 1){{ midnight }}
        ) as taken
    group by 1, 2, 3

),

sampled_days as (

    select
        windows.turbine_id,
        windows.read_date,
        coalesce(
            min(windows.sampling_seconds), min(turbines.sampling_seconds)
        ) as sampling_seconds
    from windows
    inner join turbines on windows.turbine_id = turbines.turbine_id
    group by 1, 2

),

-- ten minutes, or the least that are a whole number of windows and of readings
slotted_days as (

    select
        sampled_days.*,
        fitting.slot_seconds,
        ceil(fitting.slot_seconds::numeric / sampled_days.sampling_seconds)::bigint
            as slot_count
    from sampled_days
    cross join lateral (
        values (
            case
                when 86400 % lcm(600, sampled_days.sampling_seconds) = 0
                    then lcm(600, sampled_days.sampling_seconds)
                else 600
            end
        )
    ) as fitting (slot_seconds)

),

slots as (

    select
        windows.turbine_id,
        windows.read_date,
        slotted_days.slot_seconds,
        slotted_days.slot_count,
        slotted_days.sampling_seconds,
        date_bin(
            slotted_days.slot_seconds * interval '1 second',
            windows.window_started_at,
            windows.read_date{{ midnight }}
        ) as slot_started_at,
        sum(windows.reading_count) as reading_count,
        min(windows.first_read_at) as first_read_at,
        max(windows.last_read_at) as last_read_at
    from windows
    inner join slotted_days
        on
            windows.turbine_id = slotted_days.turbine_id
            and windows.read_date = slotted_days.read_date
    group by 1, 2, 3, 4, 5, 6

),

counted as (

    select
        slots.*,
        slots.reading_count >= slots.slot_count as is_full,
        tstzrange(
            slots.slot_started_at,
            slots.slot_started_at + slots.slot_seconds * interval '1 second'
        ) as span
    from slots

),

covered_readings as (

    select
        'plant' as system,
        turbine_days.turbine_id as series_key,
        turbine_days.read_date as covered_date,
        case
            when count(counted.span) > 0
                then coalesce(
                    range_agg(counted.span) filter (where counted.is_full), '{}'
                )
        end as covered,
        sum(least(counted.reading_count, counted.slot_count))::bigint as present_count,
        86400 / max(counted.slot_seconds) * max(counted.slot_count) as expected_count,
        max(counted.slot_seconds) as slot_seconds,
        max(counted.slot_count) as slot_count,
        jsonb_object_agg(
            extract(epoch from counted.slot_started_at)::bigint, counted.reading_count
        ) filter (where not counted.is_full) as partial_counts,
        tstzrange(
            min(counted.first_read_at),
            least(
                max(counted.last_read_at)
                + max(counted.sampling_seconds) * interval '1 second',
                max(upper(counted.span))
            )
        ) as record_span
    from turbine_days
    left outer join counted
        on
            turbine_days.turbine_id = counted.turbine_id
            and turbine_days.read_date = counted.read_date
    group by 1, 2, 3

),

-- XE: a rate of the pair; the ECB: one of any currency, since its days come whole
rate_days as (

    select distinct
        provider,
        case when provider = 'ecb' then base_currency else {{ pair }} end as series_key,
        rate_date
    {% if is_incremental() %}
    from {{ changed(rates, [
        'provider', 'base_currency', 'quote_currency', 'rate_date',
    ]) }} as part
    {% else %}
    from {{ rates }}
    {% endif %}

),

covered_rates as (

    select
        rate_days.provider as system,
        rate_days.series_key,
        rate_days.rate_date as covered_date,
        said.covered,
        1 as present_count,
        1 as expected_count,
        86400 as slot_seconds,
        1 as slot_count,
        null::jsonb as partial_counts,
        null::tstzrange as record_span
    from rate_days
    left outer join lateral (
        select
            tstzmultirange(tstzrange(
                rates.rate_date{{ midnight }},
                (rates.rate_date + 1){{ midnight }}
            )) as covered
        from {{ named(rates, 'rates') }}
        where
            rates.rate_date = rate_days.rate_date
            and rates.provider = rate_days.provider
            and rate_days.series_key in (rates.base_currency, {{ pair }})
        limit 1 -- noqa: AM09
    ) as said on true

),

-- Ethereum: a transfer of any token, since its days come whole
transfer_days as (

    select distinct transfer_date
    from {{ changed_transfers if is_incremental() else named(transfers, 'part') }}

),

covered_transfers as (

    select
        'ethereum' as system,
        'token_transfers' as series_key,
        transfer_days.transfer_date as covered_date,
        said.covered,
        1 as present_count,
        1 as expected_count,
        86400 as slot_seconds,
        1 as slot_count,
        null::jsonb as partial_counts,
        null::tstzrange as record_span
    from transfer_days
    left outer join lateral (
        select
            tstzmultirange(tstzrange(
                transfers.transfer_date{{ midnight }},
                (transfers.transfer_date + 1){{ midnight }}
            )) as covered
        from {{ named(transfers, 'transfers') }}
        where transfers.transfer_date = transfer_days.transfer_date
        limit 1 -- noqa: AM09
    ) as said on true

),

-- the rankings: a minute with a snapshot, which takes an answer of both
snapshot_days as (

    select distinct
        system,
        (snapshot_at at time zone 'utc')::date as snapshot_date
    {% if is_incremental() %}
    from {{ changed(answers, ['system', 'snapshot_at']) }} as part
    {% else %}
    from {{ answers }}
    {% endif %}

),

covered_snapshots as (

    select
        snapshot_days.system,
        'USD' as series_key,
        snapshot_days.snapshot_date as covered_date,
        said.covered,
        said.present_count,
        1440 as expected_count,
        60 as slot_seconds,
        1 as slot_count,
        null::jsonb as partial_counts,
        null::tstzrange as record_span
    from snapshot_days
    cross join
        lateral (
            select
                range_agg(
                    tstzrange(
                        ranks.snapshot_at, ranks.snapshot_at + interval '1 minute'
                    )
                ) as covered,
                count(*) as present_count
            from {{ named(answers, 'ranks') }}
            where
                ranks.system = snapshot_days.system
                and ranks.is_ranked
                and ranks.snapshot_at >= snapshot_days.snapshot_date{{ midnight }}
                and ranks.snapshot_at < (snapshot_days.snapshot_date + 1){{ midnight }}
        ) as said
    {{ 'where said.covered is not null' if not is_incremental() }}

),

-- a new system's series are added here
all_series as (

    select * from covered_candles
    union all
    select * from covered_readings
    union all
    select * from covered_rates
    union all
    select * from covered_transfers
    union all
    select * from covered_snapshots

),

days as (

    select
        -- keys
        system,
        series_key,
        covered_date,
        -- measures
        (
            select
                '{' || coalesce(string_agg({{ span_text('part.span') }}, ','), '')
                || '}'
            from unnest(covered) as part (span)
        ) as covered,
        present_count::bigint as present_count,
        expected_count::bigint as expected_count,
        slot_seconds::bigint as slot_seconds,
        slot_count::bigint as slot_count,
        partial_counts::text as partial_counts,
        {{ span_text(
            'coalesce(record_span, tstzrange(lower(covered), upper(covered)))'
        ) }} as record_span,
        -- lineage
        now() as updated_at,
        case when covered is not null then {{ version() }} end as changed_in
    from all_series

)

select * from days
