{#
    Every coin in the whole answers of CoinMarketCap that this build reads, one row per
    answer and place, and one row per answer that is not whole; typed and judged.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set first_sent = 'entry.place' %}
{% set iso_time = '^[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}(\\.[0-9]+)?Z$' %}
{# An answer counts with the error code 0 alone, which may be a number or a text. #}
{% set read_pages %}
    select
        load_id,
        run,
        request,
        fetched_at,
        told_at,
        coalesce(asked ->> 'asked_at', asked ->> 'snapshot_at')::timestamptz
            as snapshot_at,
        (asked ->> 'start')::bigint as first_position,
        (asked ->> 'limit')::bigint as page_size,
        (asked ->> 'wanted')::bigint as wanted,
        substring(body #>> '{status,total_count}' from '^[0-9]{1,9}$')::bigint as total,
        case
            when
                jsonb_typeof(body -> 'data') = 'array'
                and body #>> '{status,error_code}' = '0'
                then body -> 'data'
        end as coins
    from landed_pages
{% endset %}

with

-- materialized: each page is judged once
judged_pages as materialized (

    {{ snapshot_pages(source('raw', 'coinmarketcap__listings'), read_pages) }}

),

items as (

    {{ page_coins('judged_pages') }}

),

-- v1 has the quotes as an object by currency, v3 as a list
quoted as (

    select
        items.*,
        case jsonb_typeof(items.item -> 'quote')
            when 'object' then items.item #> '{quote,USD}'
            when 'array' then (
                select entry.quoted
                from
                    jsonb_array_elements(items.item -> 'quote')
                    with ordinality as entry (quoted, place)
                where entry.quoted ->> 'symbol' = 'USD'
                order by {{ first_sent }}
                limit 1
            )
        end as dollars
    from items

),

typed as (

    select
        quoted.*,
        substring(quoted.item ->> 'id' from '^[1-9][0-9]{0,17}$')::bigint as coin_id,
        coalesce(jsonb_typeof(quoted.dollars -> 'price'), 'null') as price_type,
        quoted.dollars ->> 'last_updated' as updated_text,
        case
            when jsonb_typeof(quoted.dollars -> 'price') = 'number'
                then {{ number_of("quoted.dollars -> 'price'") }}
        end as price
    from quoted
    -- offset 0: cast once, though more than one rule asks
    offset 0 -- noqa: AM09

),

judged as (

    select
        -- keys
        snapshot_at,
        coin_id,
        -- attributes
        item ->> 'symbol' as symbol,
        item ->> 'name' as coin_name,
        item_position as source_rank,
        -- measures
        price as price_usd,
        case
            when
                updated_text ~ '{{ iso_time }}'
                and pg_input_is_valid(updated_text, 'timestamptz')
                then updated_text::timestamptz
        end as price_updated_at,
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
            when item ->> 'symbol' is null or item ->> 'name' is null
                then {{ reason('no symbol or no name') }}
            {{ too_long("item ->> 'symbol'", 'a symbol') }}
            when price_type != 'null' and price is null
                then {{ reason('not a number where one belongs') }}
            when price < 0 then {{ reason('a price below zero') }}
            else {{ beyond('price', ['price']) }}
        end as own_reason
    from typed

),

reasoned as (

    {{ page_reasons('judged') }}

)

select * from reasoned
