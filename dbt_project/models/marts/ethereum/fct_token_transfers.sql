{{ config(
    unique_key=['transaction_hash', 'log_index'],
    lookups=[
        ['token_address', 'block_at'],
        ['token_address', 'transfer_date', 'amount_raw'],
    ],
    grouped_by=['transfer_date', 'token_address'],
    meta={'version': 2},
) }}

{% set staged = ref('stg_ethereum__token_transfers') %}
{% set answers = ref('stg_ethereum__answers') %}

with

{% if is_incremental() %}
answered as (

    select distinct block_date
    from {{ changed(answers, ['block_date']) }} as part

),

-- what a day's newer answer says again, and may so have back from another day
same as (

    select
        answered.block_date,
        held.transaction_hash,
        held.log_index
    from answered
    cross join lateral (
        select
            transfers.transaction_hash,
            transfers.log_index
        from {{ named(staged, 'transfers') }}
        where
            transfers.block_date = answered.block_date
            and transfers.changed_in <= {{ last_read(staged) }}
        -- offset 0: the day's rows alone, by the key's index
        offset 0 -- noqa: AM09
    ) as held

),

touched as materialized (

    select
        transaction_hash,
        log_index
    from {{ changed(staged, ['transaction_hash', 'log_index']) }} as part
    union
    select
        transaction_hash,
        log_index
    from {{ repriced_transfers() }} as part
    union
    select
        same.transaction_hash,
        same.log_index
    from same
    inner join {{ named(staged, 'others') }}
        on
            same.transaction_hash = others.transaction_hash
            and same.log_index = others.log_index
            and same.block_date != others.block_date

),

found as (

    select
        touched.transaction_hash,
        touched.log_index,
        held.block_date,
        held.token_address,
        held.from_address,
        held.to_address,
        held.block_at,
        held.block_number,
        held.block_hash,
        held.amount_raw
    from touched
    left outer join lateral (
        select transfers.*
        from {{ named(staged, 'transfers') }}
        where
            transfers.transaction_hash = touched.transaction_hash
            and transfers.log_index = touched.log_index
        -- offset 0: by the index, transfer by transfer
        offset 0 -- noqa: AM09
    ) as held on true

),
{% else %}
found as (

    select * from {{ staged }}

),
{% endif %}

-- one that moved to another day stands where the newer answer has it
days as (

    select
        block_date,
        max(fetched_at) as answered_at
    from {{ answers }}
    where is_whole and not is_trial
    group by 1

),

transfers as materialized (

    select distinct on (found.transaction_hash, found.log_index) found.*
    from found
    left outer join days on found.block_date = days.block_date
    order by -- noqa: AM06
        found.transaction_hash asc,
        found.log_index asc,
        days.answered_at desc nulls last,
        found.block_date desc

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
        select token.*
        from {{ named(ref('dim_tokens'), 'token') }}
        where token.token_address = seen.token_address
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
