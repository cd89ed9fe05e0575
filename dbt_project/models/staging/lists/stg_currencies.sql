{{ config(unique_key=['currency']) }}

with

listed as (

    select * from {{ listed_currencies() }}

),

currencies as (

    select
        -- keys
        listed.currency,
        -- attributes
        listed.currency_name,
        listed.is_in_use,
        fixed_rates.fixed_to as pegged_to,
        -- measures
        fixed_rates.units as peg_rate,
        -- lineage
        {{ version() }} as changed_in
    from listed
    left outer join {{ fixed_rates() }}
        on listed.currency = fixed_rates.currency
    {% if is_incremental() %}
    union all
    select
        kept.currency,
        kept.currency_name,
        kept.is_in_use,
        kept.pegged_to,
        kept.peg_rate,
        null as changed_in
    from {{ this }} as kept
    where kept.currency not in (select listed.currency from listed)
    {% endif %}

)

select * from currencies
