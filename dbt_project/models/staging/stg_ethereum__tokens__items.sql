{{ config(materialized='ephemeral') }}

with

cells as (

    select
        pages._dlt_load_id as load_id,
        pages.request,
        pages.fetched_at,
        parts.item,
        parts.item_position,
        lower(parts.item -> 'f' -> 0 ->> 'v') as token_address,
        parts.item -> 'f' -> 1 ->> 'v' as symbol_text,
        parts.item -> 'f' -> 2 ->> 'v' as name_text,
        parts.item -> 'f' -> 3 ->> 'v' as decimals_text,
        parts.item -> 'f' -> 4 ->> 'v' as supply_text,
        parts.item -> 'f' -> 5 ->> 'v' as time_text,
        parts.item -> 'f' -> 6 ->> 'v' as number_text
    from {{ newly_arrived(source('raw', 'ethereum__tokens')) }} as pages
    cross join lateral {{ query_rows('pages.payload') }} as parts

),

read as (

    select
        cells.*,
        case
            when cells.item is null then 'not readable as JSON'
            when (cells.token_address ~ '^0x[0-9a-f]{40}$') is not true
                then 'no address of a token'
            when (cells.number_text ~ '^[0-9]{1,18}$') is not true
                then 'no number of a block'
            when (cells.time_text ~ '^[0-9]{15,17}$') is not true then 'no block time'
        end as reason
    from cells
    -- offset 0: judged once, though each cast below asks
    offset 0 -- noqa: AM09

),

typed as (

    select
        -- keys
        case when reason is null then token_address end as token_address,
        case when reason is null then number_text::bigint end as block_number,
        -- attributes
        case
            when length(symbol_text) <= 100 and symbol_text !~ '[[:cntrl:]]'
                then nullif(btrim(symbol_text), '')
        end as token_symbol,
        case
            when length(name_text) <= 100 and name_text !~ '[[:cntrl:]]'
                then nullif(btrim(name_text), '')
        end as token_name,
        case
            when decimals_text ~ '^[0-9]{1,2}$' and decimals_text::int <= 77
                then decimals_text::int
        end as decimals,
        case when supply_text ~ '^[0-9]{1,78}$' then supply_text::numeric(78, 0) end
            as total_supply,
        case
            when reason is null
                then {{ epoch_to_timestamp('time_text::numeric') }}
        end as block_at,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        request,
        item,
        reason
    from read

)

select * from typed
