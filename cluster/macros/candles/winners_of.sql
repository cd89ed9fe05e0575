{#
    The minutes of an exchange from its judged `items` and what its pages are `answers`
    for: of each the newest good item, unless a newer answer covers the minute and its
    page has none. A query; in an increment of the hours that something arrived for, with
    `is_gone` where a minute that is there has no such item any more.
#}
{% macro winners_of(items, answers, measures) %}
{% set columns = ['symbol', 'opened_at'] + measures
    + ['fetched_at', 'load_id', 'item_position'] %}
with

{% if is_incremental() %}
touched as (

    select
        symbol,
        {{ bucket('opened_at', '1 hour') }} as hour_at
    from {{ changes(items) }}
    where opened_at is not null
    union
    select
        symbol,
        explode(sequence(
            {{ bucket('covers_from', '1 hour') }},
            {{ bucket("covers_to - interval '1' second", '1 hour') }},
            interval '1' hour
        )) as hour_at
    from {{ changes(answers) }}
    where covers_from < covers_to

),
{% endif %}

records as (

    select
        items.*,
        {{ bucket('items.opened_at', '1 hour') }} as hour_at
    from {{ items }} as items
    {% if is_incremental() %}
    left semi join touched
        on
            items.symbol = touched.symbol
            and {{ bucket('items.opened_at', '1 hour') }} = touched.hour_at
    {% endif %}
    where items.opened_at is not null

),

pieces as (

    select
        answers.*,
        hours.hour_at
    from {{ answers }} as answers
    lateral view explode(
        case
            when answers.covers_from < answers.covers_to
                then
                    sequence(
                        {{ bucket('answers.covers_from', '1 hour') }},
                        {{ bucket("answers.covers_to - interval '1' second", '1 hour') }},
                        interval '1' hour
                    )
        end
    ) hours as hour_at

),

ranked as (

    select
        *,
        row_number() over (
            partition by symbol, opened_at
            order by fetched_at desc, load_id desc, item_position desc
        ) as place
    from records
    where reason is null

),

winners as (

    select
        {{ columns | join(',\n        ') }},
        hour_at
    from ranked
    where place = 1

),

-- newer answers for a minute, of which one without it takes it back
lacking as (

    select distinct
        winners.symbol,
        winners.opened_at
    from winners
    inner join pieces
        on
            winners.symbol = pieces.symbol
            and winners.hour_at = pieces.hour_at
            and winners.opened_at >= pieces.covers_from
            and winners.opened_at < pieces.covers_to
            and (
                pieces.fetched_at > winners.fetched_at
                or (
                    pieces.fetched_at = winners.fetched_at
                    and pieces.load_id > winners.load_id
                )
            )
    left anti join records
        on
            winners.symbol = records.symbol
            and winners.opened_at = records.opened_at
            and pieces.fetched_at = records.fetched_at
            and pieces.load_id = records.load_id
            and pieces.request = records.request

),

minutes as (

    select winners.*
    from winners
    left anti join lacking
        on
            winners.symbol = lacking.symbol
            and winners.opened_at = lacking.opened_at

)

select
    {{ columns | join(',\n    ') }}
    {{- ',\n    false as is_gone' if is_incremental() }}
from minutes
{% if is_incremental() %}
union all
select
    stored.{{ columns | join(',\n    stored.') }},
    true as is_gone
from {{ this }} as stored
left semi join touched
    on
        stored.symbol = touched.symbol
        and {{ bucket('stored.opened_at', '1 hour') }} = touched.hour_at
left anti join minutes
    on
        stored.symbol = minutes.symbol
        and stored.opened_at = minutes.opened_at
{% endif %}
{% endmacro %}
