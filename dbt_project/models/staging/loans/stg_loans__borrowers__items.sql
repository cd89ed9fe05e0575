{#
    Every row of the newest file that can be used of borrowers, one row per line, typed
    and judged. Dates and numbers are read as stg_loans__files says of the file, in the
    forms of as_date and as_amount. A score that is no number becomes null, its text is
    kept in unread_fields. A row without borrower_id is rejected; of several good ones
    of a borrower the last counts.
#}
{{ config(materialized='ephemeral', access='private') }}

with

lines as (

    select
        *,
        {{ said('borrower_id') }} as borrower_id,
        {{ at_least_zero(said('borrower_credit_score')) }} as borrower_credit_score
    from {{ file_rows('borrowers.csv') }} as entry

),

judged as (

    select
        *,
        case
            when unreadable is not null then unreadable
            when borrower_id is null then {{ reason('no borrower') }}
            {{ too_long('borrower_id', 'a borrower') }}
        end as senseless
    from lines

),

items as (

    select
        -- keys
        borrower_id,
        -- attributes
        {{ said('state') }} as state,
        {{ said('city') }} as city,
        {{ said('zip_code') }} as zip_code,
        borrower_credit_score,
        {{ unparsed_fields(['borrower_credit_score']) }} as unread_fields,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        request,
        item,
        is_readable,
        swapped,
        {{ duplicate_reason(per=['borrower_id']) }} as reason
    from judged

)

select * from items
