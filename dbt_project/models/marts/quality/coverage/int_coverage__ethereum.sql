{#
    Of each day that changed, whether a transfer of any token is there, since Ethereum's
    days come whole. Where none is left `covered` is null.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set transfers = ref('fct_token_transfers_1d') %}

with

transfers as not materialized (select * from {{ transfers }}),

transfer_days as (

    select distinct transfer_date
    from {{ changed(transfers, ['transfer_date']) }} as part

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
        select tstzmultirange({{ utc_day('transfers.transfer_date') }}) as covered
        from transfers
        where transfers.transfer_date = transfer_days.transfer_date
        limit 1 -- noqa: AM09
    ) as said on true

)

select * from covered_transfers
