{#
    Transfers as staging has them, each once: one that moved to another day stands where
    the newer answer has it. A query of all; in an increment of the `touched` keys, with
    nulls for one that has gone.
#}
{% macro standing_transfers(touched) -%}
    {%- set staged = ref('stg_ethereum__token_transfers') -%}
    with

    {% if is_incremental() %}
    found as (

        select
            keys.transaction_hash,
            keys.log_index,
            held.block_date,
            held.token_address,
            held.from_address,
            held.to_address,
            held.block_at,
            held.block_number,
            held.block_hash,
            held.amount_raw
        from {{ touched }} as keys
        left outer join lateral (
            select transfers.*
            from {{ named(staged, 'transfers') }}
            where
                transfers.transaction_hash = keys.transaction_hash
                and transfers.log_index = keys.log_index
            -- offset 0: by the index, transfer by transfer
            offset 0 -- noqa: AM09
        ) as held on true

    ),
    {% else %}
    found as (

        select * from {{ staged }}

    ),
    {% endif %}

    days as (

        select
            block_date,
            max(fetched_at) as answered_at
        from {{ ref('stg_ethereum__answers') }}
        where is_whole and not is_trial
        group by 1

    )

    select distinct on (found.transaction_hash, found.log_index) found.*
    from found
    left outer join days on found.block_date = days.block_date
    order by -- noqa: AM06
        found.transaction_hash asc,
        found.log_index asc,
        days.answered_at desc nulls last,
        found.block_date desc
{%- endmacro %}
