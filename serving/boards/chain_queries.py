"""What the board of the chain asks the marts."""

from serving.boards.board import CHOSEN

# those of the newest day, and all where they are few enough to choose from
TOKENS = f"""
with

recursive known as (
    (
        select token_address from marts.fct_token_transfers
        order by token_address
        limit 1
    )
    union all
    select (
        select min(token_address) from marts.fct_token_transfers
        where token_address > known.token_address
    ) as token_address
    from known
    where known.token_address is not null
),

moved as (
    select
        token_address,
        token_symbol,
        row_number() over (
            order by value_usd desc nulls last, transfer_count desc, token_address
        ) as place
    from marts.fct_token_transfers_1d
    where
        transfer_date = (select max(transfer_date) from marts.fct_token_transfers_1d)
    order by place
    limit 500
),

offered as (
    select * from moved
    union all
    select few.token_address, null as token_symbol, null as place
    from (select token_address from known limit {CHOSEN + 1}) as few
    where
        few.token_address is not null
        and few.token_address not in (select token_address from moved)
)

select
    offered.token_address,
    concat_ws(
        ' ', coalesce(tokens.token_symbol, offered.token_symbol), offered.token_address
    ) as label
from offered
left join marts.dim_tokens as tokens using (token_address)
order by offered.place, offered.token_address
"""  # noqa: S608 - a number
# day by day, since the marts' indexes lead to a token's day
DAYS = """
with

span as (
    select
        least(%(to)s::date, max(transfer_date)) as last_day,
        greatest(
            coalesce(%(from)s::date, least(%(to)s::date, max(transfer_date)) - 29),
            min(transfer_date)
        ) as first_day,
        max(transfer_date) + 1 as known_until
    from marts.fct_token_transfers_1d
),

days as (
    select
        each_day.day::date as day,
        span.known_until::timestamp at time zone 'utc' as known_until
    from span
    cross join generate_series(
        span.first_day, span.last_day, interval '1 day'
    ) as each_day (day)
)
"""
FLOW = f"""{DAYS}
select
    daily.transfer_date,
    coalesce(tokens.token_symbol, daily.token_symbol) as token_symbol,
    daily.amount,
    daily.value_usd,
    daily.transfer_count,
    daily.valued_count,
    coalesce(tokens.is_nft, false) as is_nft,
    days.known_until
from days
cross join lateral (
    select *
    from marts.fct_token_transfers_1d as each_day
    where
        each_day.transfer_date = days.day
        and each_day.token_address = lower(%(token)s)
    limit 1
) as daily
left join marts.dim_tokens as tokens using (token_address)
order by daily.transfer_date
limit 4000
"""  # noqa: S608 - constants
LARGEST = f"""{DAYS}
select
    largest.block_at as "Block's time",
    coalesce(largest.amount, largest.amount_raw) as "Amount",
    case
        when largest.amount is null then 'smallest unit'
        else coalesce(largest.token_symbol, 'tokens')
    end as "Of",
    largest.value_usd as "Worth in USD",
    largest.from_address as "From",
    largest.to_address as "To",
    largest.transaction_hash as "Transaction"
from days
cross join lateral (
    select *
    from marts.fct_token_transfers as transfers
    where
        transfers.token_address = lower(%(token)s)
        and transfers.transfer_date = days.day
    order by transfers.amount_raw desc
    limit %(count)s
) as largest
where
    not exists (
        select 1
        from marts.dim_tokens as tokens
        where tokens.token_address = lower(%(token)s) and tokens.is_nft
    )
order by largest.amount_raw desc, largest.transaction_hash, largest.log_index
limit %(count)s
"""  # noqa: S608 - constants
