{# Every row of the answers that this build reads, typed and judged. #}
{{ config(materialized='ephemeral', access='private') }}

{# The length and the digits apart: a counted repetition takes several times as long. #}
{% set hex, digits = '^0x[0-9a-f]+$', '^[0-9]+$' %}
{# What a transfer may lack, and so is no reason to reject it. #}
{% set sides = ['from_address', 'to_address'] %}

with

cells as not materialized (

    select * from {{ ref('stg_ethereum__token_transfers__cells') }}

),

read as (

    select
        cells.*,
        {% for side in sides %}
        case
            when
                length(cells.{{ side }}) != 42
                or not (cells.is_plain or cells.{{ side }} ~ '{{ hex }}')
                then {{ reason('%s: no address', "'" ~ side ~ "'") }}
        end as {{ side }}_fault,
        {% endfor %}
        case
            when not cells.is_plain and cells.item is null
                then {{ reason('not readable as JSON') }}
            {% for text, size, form, sentence in [
                ('token_address', '= 42', hex, 'no address of a token'),
                ('amount_text', '<= 78', digits, 'no amount'),
                ('transaction_hash', '= 66', hex, 'no hash of a transaction'),
                ('index_text', '<= 9', digits, 'no log index'),
                ('time_text', 'between 15 and 17', digits, 'no block time'),
                ('number_text', '<= 18', digits, 'no number of a block'),
                ('block_hash', '= 66', hex, 'no hash of a block'),
            ] %}
            when
                (
                    length(cells.{{ text }}) {{ size }}
                    and (cells.is_plain or cells.{{ text }} ~ '{{ form }}')
                ) is not true
                then {{ reason(sentence) }}
            {% endfor %}
        end as unreadable
    from cells
    -- offset 0: judged once, though each cast below asks
    offset 0 -- noqa: AM09

),

typed as (

    select
        read.block_date,
        read.transaction_hash,
        case when read.unreadable is null then read.index_text::bigint end as log_index,
        read.index_text,
        read.token_address,
        {% for side in sides %}
        case when read.{{ side }}_fault is null then read.{{ side }} end as {{ side }},
        {% endfor %}
        nullif(concat_ws('; ', read.from_address_fault, read.to_address_fault), '')
            as fault,
        case when read.unreadable is null then read.amount_text::numeric(78, 0) end
            as amount_raw,
        case
            when read.unreadable is null
                then {{ epoch_to_timestamp('read.time_text::numeric') }}
        end as block_at,
        case when read.unreadable is null then read.number_text::bigint end
            as block_number,
        read.block_hash,
        read.fetched_at,
        read.load_id,
        read.item_position,
        read.request,
        read.item,
        read.row_text,
        read.unreadable
    from read
    offset 0 -- noqa: AM09

),

placed as (

    select
        typed.*,
        case
            when typed.unreadable is not null then typed.unreadable
            when (typed.block_at at time zone 'utc')::date != typed.block_date
                then {{ reason('not of the day that was asked') }}
            else {{ beyond('tokens', ['typed.amount_raw']) }}
        end as senseless
    from typed

),

judged as (

    select
        -- keys
        block_date,
        transaction_hash,
        log_index,
        -- attributes
        token_address,
        from_address,
        to_address,
        block_at,
        block_number,
        block_hash,
        -- measures
        amount_raw,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        request,
        item,
        row_text,
        index_text,
        fault,
        case
            when senseless is not null then senseless
            when
                row_number() over (
                    partition by
                        block_date, log_index, transaction_hash, senseless is null
                    order by item_position desc
                ) > 1
                then {{ reason('its key comes again further down') }}
            when
                row_number() over (
                    partition by block_date, log_index, block_hash, senseless is null
                    order by item_position desc
                ) > 1
                then {{ reason('its place in the block comes again further down') }}
        end as reason
    from placed

)

select * from judged
