{{ config(
    unique_key=['transaction_hash', 'log_index'],
    lookups=[
        ['token_address', 'block_at'],
        ['token_address', 'transfer_date', 'amount_raw'],
    ],
    grouped_by=['transfer_date', 'token_address'],
    meta={'version': 2},
) }}

with

token_list as not materialized (select * from {{ ref('dim_tokens') }}),

{% if is_incremental() %}
touched as materialized (

    select * from {{ touched_transfers() }} as part

),
{% endif %}

transfers as materialized (

    {{ standing_transfers('touched') }}

),

-- looked up once a token, as prices once an hour
tokens as (

    select
        seen.token_address,
        known.token_symbol,
        known.token_name,
        known.decimals,
        known.is_nft
    from (select distinct transfers.token_address from transfers) as seen
    cross join lateral (
        select token_list.*
        from token_list
        where token_list.token_address = seen.token_address
        -- offset 0: by the key, token by token
        offset 0 -- noqa: AM09
    ) as known

),

prices as (

    {{ token_prices_of('transfers') }}

),

scaled as (

    select
        transfers.*,
        tokens.token_symbol,
        tokens.token_name,
        tokens.decimals,
        -- exact: the scale of a product is the sum of its factors' scales
        case
            when not tokens.is_nft
                then trim_scale(
                    transfers.amount_raw * ('1e-' || tokens.decimals)::numeric
                )
        end as amount,
        prices.price_usd,
        coalesce(prices.closed_at, transfers.block_at) as priced_at
    from transfers
    left outer join tokens on transfers.token_address = tokens.token_address
    left outer join prices
        on
            transfers.token_address = prices.token_address
            and prices.hour_at = {{ bucket('transfers.block_at', '1 hour') }}
            and (
                prices.closed_at is null
                or transfers.block_at <= prices.closed_at + interval '24 hours'
            )

),

valued as (

    select
        -- keys
        transaction_hash,
        log_index,
        -- attributes
        block_at,
        block_number,
        block_hash,
        (block_at at time zone 'utc')::date as transfer_date,
        token_address,
        token_symbol,
        token_name,
        decimals,
        from_address,
        to_address,
        -- measures
        amount_raw,
        amount,
        trim_scale(amount * price_usd) as value_usd,
        case when amount * price_usd is not null then priced_at end as priced_at,
        -- lineage
        now() as updated_at,
        case when block_at is not null then {{ version() }} end as changed_in
    from scaled

)

select * from valued
