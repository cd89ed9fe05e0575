{{ config(unique_key=['token_address']) }}

{% set fields %}
    (
        array_agg(tokens.token_symbol order by tokens.block_number desc)
            filter (where tokens.token_symbol is not null)
    )[1] as token_symbol,
    (
        array_agg(tokens.token_name order by tokens.block_number desc)
            filter (where tokens.token_name is not null)
    )[1] as token_name,
    (
        array_agg(tokens.decimals order by tokens.block_number desc)
            filter (where tokens.decimals is not null)
    )[1] as decimals,
    (
        array_agg(tokens.total_supply order by tokens.block_number desc)
            filter (where tokens.total_supply is not null)
    )[1] as total_supply,
    count(*) as row_count
{% endset %}

with

token_rows as not materialized (select * from {{ ref('stg_ethereum__tokens') }}),

amendments as not materialized (select * from {{ ref('stg_token_amendments') }}),

{% if is_incremental() %}
touched as (

    select token_address
    from {{ changed(ref('stg_ethereum__tokens'), ['token_address']) }} as part
    union
    select token_address
    from {{ changed(ref('stg_token_amendments'), ['token_address']) }} as part

),

tokens as (

    select
        touched.token_address,
        newest.*
    from touched
    cross join lateral (
        select {{ fields }}
        from token_rows as tokens
        where tokens.token_address = touched.token_address
    ) as newest

),
{% else %}
tokens as (

    select
        tokens.token_address,
        {{ fields }}
    from token_rows as tokens
    group by 1
    union all
    select
        amended.token_address,
        null as token_symbol,
        null as token_name,
        null as decimals,
        null as total_supply,
        0 as row_count
    from amendments as amended
    where
        not exists (
            select 1
            from token_rows as tokens
            where tokens.token_address = amended.token_address
        )

),
{% endif %}

amended as (

    select
        -- keys
        tokens.token_address,
        -- attributes
        coalesce(amended.token_symbol, tokens.token_symbol) as token_symbol,
        coalesce(amended.token_name, tokens.token_name) as token_name,
        coalesce(amended.decimals, tokens.decimals) as decimals,
        tokens.total_supply,
        coalesce(amended.is_nft, false) as is_nft,
        amended.token_address is not null as is_amended,
        -- lineage
        now() as updated_at,
        case
            when tokens.row_count > 0 or amended.token_address is not null
                then {{ version() }}
        end as changed_in
    from tokens
    left outer join amendments as amended
        on tokens.token_address = amended.token_address

)

select * from amended
