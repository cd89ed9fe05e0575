{{ config(unique_key=['transfer_date', 'token_address']) }}

{% set sums %}
    max(transfers.token_symbol) as token_symbol,
    count(*) as transfer_count,
    count(distinct transfers.from_address) as sender_count,
    count(distinct transfers.to_address) as receiver_count,
    trim_scale(sum(transfers.amount)) as amount,
    trim_scale(sum(transfers.value_usd)) as value_usd,
    count(transfers.value_usd) as valued_count
{% endset %}

with

transfers as not materialized (select * from {{ ref('fct_token_transfers') }}),

{% if is_incremental() %}
touched as (

    select distinct
        transfer_date,
        token_address
    from {{ changed(ref('fct_token_transfers'), [
        'transfer_date', 'token_address',
    ]) }} as part

),

summed as (

    select
        touched.transfer_date,
        touched.token_address,
        sums.*
    from touched
    cross join lateral (
        select {{ sums }}
        from transfers
        where
            transfers.token_address = touched.token_address
            and transfers.block_at
            >= touched.transfer_date::timestamp at time zone 'utc'
            and transfers.block_at
            < (touched.transfer_date + 1)::timestamp at time zone 'utc'
    ) as sums

),
{% else %}
summed as (

    select
        transfers.transfer_date,
        transfers.token_address,
        {{ sums }}
    from transfers
    group by 1, 2

),
{% endif %}

daily as (

    select
        -- keys
        transfer_date,
        token_address,
        -- attributes
        token_symbol,
        -- measures
        transfer_count,
        sender_count,
        receiver_count,
        amount,
        value_usd,
        valued_count,
        -- lineage
        now() as updated_at,
        case when transfer_count > 0 then {{ version() }} end as changed_in
    from summed

)

select * from daily
