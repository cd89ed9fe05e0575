{#
    Every coin in the whole answers of CryptoCompare that this build reads, one row per
    answer and place, and one row per answer that is not whole; typed and judged.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set first_sent = 'entry.place' %}
{% set alternatives = "case jsonb_typeof(items.item -> 'ASSET_ALTERNATIVE_IDS')
    when 'array' then items.item -> 'ASSET_ALTERNATIVE_IDS'
    else '[]'
end" %}

{# The data-api counts pages from 1, the min-api from 0. #}
{% set read_pages %}
    select
        load_id,
        run,
        request,
        fetched_at,
        told_at,
        coalesce(asked ->> 'asked_at', asked ->> 'snapshot_at')::timestamptz
            as snapshot_at,
        (asked ->> 'wanted')::bigint as wanted,
        coalesce(asked ->> 'page_size', asked ->> 'limit')::bigint as page_size,
        case
            when asked ? 'page_size'
                then
                    ((asked ->> 'page')::bigint - 1)
                    * (asked ->> 'page_size')::bigint + 1
            else (asked ->> 'page')::bigint * (asked ->> 'limit')::bigint + 1
        end as first_position,
        substring(
            coalesce(body #>> '{Data,STATS,TOTAL_ASSETS}', body #>> '{MetaData,Count}')
            from '^[0-9]{1,9}$'
        )::bigint as total,
        {{ toplist_coins('body') }} as coins
    from landed_pages
{% endset %}

with

-- materialized: each page is judged once
judged_pages as materialized (

    {{ snapshot_pages(source('raw', 'cryptocompare__toplist'), read_pages) }}

),

items as (

    {{ page_coins('judged_pages') }}

),

-- the data-api's name of a field, then the min-api's; without a price there is no RAW
named_items as (

    select
        items.*,
        coalesce(items.item ->> 'ID', items.item #>> '{CoinInfo,Id}') as id_text,
        coalesce(items.item ->> 'SYMBOL', items.item #>> '{CoinInfo,Name}') as symbol,
        coalesce(items.item ->> 'NAME', items.item #>> '{CoinInfo,FullName}')
            as coin_name,
        coalesce(
            items.item -> 'SPOT_MOVING_24_HOUR_QUOTE_VOLUME_USD',
            items.item #> '{RAW,USD,TOTALVOLUME24HTO}',
            items.item #> '{RAW,USD,VOLUME24HOURTO}',
            'null'
        ) as volume_item,
        coalesce(
            items.item ->> 'PRICE_USD_LAST_UPDATE_TS',
            items.item #>> '{RAW,USD,LASTUPDATE}'
        ) as updated_text,
        (
            select entry.alternative ->> 'ID'
            from
                jsonb_array_elements({{ alternatives }})
                with ordinality as entry (alternative, place)
            where entry.alternative ->> 'NAME' = 'CMC'
            order by {{ first_sent }}
            limit 1
        ) as listing_text
    from items

),

typed as (

    select
        *,
        substring(id_text from '^[1-9][0-9]{0,17}$')::bigint as coin_id,
        substring(listing_text from '^[1-9][0-9]{0,17}$')::bigint as listing_id,
        substring(updated_text from '^[0-9]{9,10}$')::numeric * 1000 as updated_epoch,
        case
            when jsonb_typeof(volume_item) = 'number'
                then {{ number_of('volume_item') }}
        end as volume
    from named_items
    -- offset 0: cast once, though more than one rule asks
    offset 0 -- noqa: AM09

),

judged as (

    select
        -- keys
        snapshot_at,
        coin_id,
        -- attributes
        listing_id,
        symbol,
        coin_name,
        item_position as source_rank,
        -- measures
        volume as volume_24h_usd,
        {{ epoch_to_timestamp('updated_epoch') }} as volume_updated_at,
        -- lineage
        whole_at as fetched_at,
        last_told_at as told_at,
        whole_in as load_id,
        announced_count,
        missing_count,
        item_position,
        request,
        item,
        case
            when fault is not null then fault
            when jsonb_typeof(item) != 'object'
                then {{ reason('not readable as a coin') }}
            when coin_id is null then {{ reason('no id') }}
            when symbol is null or coin_name is null
                then {{ reason('no symbol or no name') }}
            {{ too_long('symbol', 'a symbol') }}
            when jsonb_typeof(volume_item) != 'null' and volume is null
                then {{ reason('not a number where one belongs') }}
            when volume < 0 then {{ reason('a volume below zero') }}
            else {{ beyond('volume', ['volume']) }}
        end as own_reason
    from typed

),

reasoned as (

    {{ page_reasons('judged') }}

)

select * from reasoned
