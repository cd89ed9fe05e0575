{# Every row of the pages of tokens that this build reads, typed and judged. #}
{{ config(materialized='ephemeral', access='private') }}

{# U+FFFD, which stands for a character that no text can hold, see `json_body`. #}
{% set substitute = 'chr(65533)' %}
{% set texts = ['symbol', 'name'] %}

with

cells as not materialized (select * from {{ ref('stg_ethereum__tokens__cells') }}),

read as (

    select
        cells.*,
        {% for text in texts %}
        nullif(btrim(replace(cells.{{ text }}_sent, {{ substitute }}, '')), '')
            as {{ text }}_text,
        {% endfor %}
        case when cells.address_text ~ '^0x[0-9a-f]{40}$' then cells.address_text end
            as token_address,
        case when cells.number_text ~ '^[0-9]{1,18}$' then cells.number_text::bigint end
            as block_number,
        case
            when cells.time_text ~ '^[0-9]{15,17}$'
                then {{ epoch_to_timestamp('cells.time_text::numeric') }}
        end as block_at
    from cells
    -- offset 0: judged once, though each cast below asks
    offset 0 -- noqa: AM09

),

judged as (

    select
        read.*,
        case
            when read.item is null then {{ reason('not readable as JSON') }}
            when read.token_address is null then {{ reason('no address of a token') }}
            when read.block_number is null then {{ reason('no number of a block') }}
        end as unreadable,
        {% for text in texts %}
        case
            when length(read.{{ text }}_text) > 100
                then {{ reason('longer than 100 characters') }}
            when read.{{ text }}_text ~ '[[:cntrl:]]'
                then {{ reason('has control characters') }}
            when strpos(read.{{ text }}_sent, {{ substitute }}) > 0
                then {{ reason('has characters that no text can hold, left out here') }}
        end as {{ text }}_fault,
        {% endfor %}
        case
            when read.decimals_text !~ '^0*([0-9]|[1-6][0-9]|7[0-7])$'
                then {{ reason('no whole number from 0 to 77') }}
        end as decimals_fault,
        case
            when read.supply_text !~ '^0*[0-9]{1,78}$'
                then {{ reason('no whole number of at most 78 digits') }}
            else {{ beyond('tokens', ['read.supply_text::numeric']) }}
        end as supply_fault,
        case when read.block_at is null then {{ reason('no time of a block') }} end
            as time_fault
    from read
    offset 0 -- noqa: AM09

),

-- of one answer's rows of a key, the last one counts
compared as (

    select
        judged.*,
        judged.unreadable is null
        and judged.item != first_value(judged.item) over (
            partition by
                judged.job_id,
                judged.token_address,
                judged.block_number,
                judged.unreadable is null
            order by
                judged.fetched_at desc,
                judged.load_id desc,
                judged.item_position desc
        ) as is_other
    from judged

),

typed as (

    select
        -- keys
        token_address,
        block_number,
        -- attributes
        {% for text in texts %}
        case
            when
                length({{ text }}_text) <= 100
                and {{ text }}_text !~ '[[:cntrl:]]'
                then {{ text }}_text
        end as token_{{ text }},
        {% endfor %}
        case when decimals_fault is null then decimals_text::int end as decimals,
        case when supply_fault is null then supply_text::numeric(78, 0) end
            as total_supply,
        block_at,
        jsonb_strip_nulls(
            jsonb_build_object(
                'symbol', symbol_fault,
                'name', name_fault,
                'decimals', decimals_fault,
                'total_supply', supply_fault,
                'block_timestamp', time_fault,
                'row',
                case
                    when
                        bool_or(is_other) over (
                            partition by
                                job_id, token_address, block_number, unreadable is null
                        )
                        then {{ reason(
                            'its key comes again further down, with other values'
                        ) }}
                end
            )
        ) as faults,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        request,
        item,
        case
            when unreadable is not null then unreadable
            when is_other
                then {{ reason('its key comes again further down, with other values') }}
        end as reason
    from compared

)

select * from typed
