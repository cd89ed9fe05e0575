{{ config(unique_key=['currency']) }}

with

listed as (

    select * from {{ listed_currencies() }}

),

states as (

    {{ with_gone('listed', this, ['currency']) }}

),

currencies as (

    select
        -- keys
        states.currency,
        -- attributes
        states.currency_name,
        states.is_in_use,
        fixed_rates.fixed_to as pegged_to,
        -- measures
        fixed_rates.units as peg_rate,
        -- lineage
        states.changed_in
    from states
    left outer join {{ fixed_rates() }}
        on states.currency = fixed_rates.currency

)

select * from currencies
