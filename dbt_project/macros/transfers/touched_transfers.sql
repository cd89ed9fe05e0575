{#
    The keys of the transfers in this model that anything touches: changed ones, those
    that have another worth, and those that a newer answer of their day says again,
    which may so come back from another day. Rows (transaction_hash, log_index).
#}
{% macro touched_transfers() -%}
    {%- set staged = ref('stg_ethereum__token_transfers') -%}
    (
        with

        answered as (

            select distinct block_date
            from {{ changed(ref('stg_ethereum__answers'), ['block_date']) }} as part

        ),

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

        )

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
    )
{%- endmacro %}
