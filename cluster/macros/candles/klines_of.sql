{#
    The closed candles of an exchange's landed `pages`, or what else is in them, each
    with the `reason` why it does not count, null where it does: a query, with the rules
    and the sentences of the macro of this name for Postgres. A number that
    `decimal(38, 18)` can't hold to its last digit is a reason here, too.

    A candle is a list that begins with its time, in seconds or finer, and has at least
    `fewest` elements; `places` are those of its numbers. `is_asked` says of a page that
    it is of minutes.
#}
{% macro klines_of(pages, places, fewest, is_asked, in_seconds=false) %}
{% set digits = '9,10' if in_seconds else '13,16' %}
{% set prices = ['open_price', 'high_price', 'low_price', 'close_price'] %}
{% set volumes = places.keys() | select('in', [
    'base_volume', 'quote_volume', 'taker_buy_base_volume', 'taker_buy_quote_volume',
]) | list %}
{% set counts = places.keys() | select('equalto', 'trade_count') | list %}
{% set names = prices + volumes + counts %}
with

pages as (

    {{ page_items(pages, is_asked) }}

),

items as (

    select
        pages.load_id,
        pages.request,
        pages.fetched_at,
        pages.known_at,
        pages.asked_symbol,
        if(pages.items is null, 0, piece.place + 1) as item_position,
        if(pages.items is null, pages.payload, piece.item) as item,
        if(piece.item like '[%', from_json(piece.item, 'array<string>'), null) as parts,
        pages.items is not null as is_json
    from pages
    lateral view
        posexplode(coalesce(pages.items, array(cast(null as string)))) piece
        as place, item

),

numbers as (

    select
        *,
        if(get(parts, 0) rlike '^[0-9]{{ '{' ~ digits ~ '}' }}$', get(parts, 0), null)
            as open_time,
        {% for name in names %}
        {{ number_of('get(parts, ' ~ places[name] ~ ')') }} as {{ name }}_text
        {{- ',' if not loop.last }}
        {% endfor %}
    from items

),

klines as (

    select
        load_id,
        request,
        fetched_at,
        known_at,
        asked_symbol,
        item_position,
        item,
        {{ epoch_to_timestamp('cast(open_time as bigint)', in_seconds) }} as opens_at,
        {% for name in names %}
        try_cast({{ name }}_text as {{ exact() }}) as {{ name }},
        {% endfor %}
        case
            when not is_json then 'not readable as JSON'
            when parts is null then 'not a list'
            when size(parts) < {{ fewest }} then 'fewer than {{ fewest }} elements'
            when open_time is null then 'no open time'
            when
                {% for name in names %}
                {{ 'or ' if not loop.first }}{{ name }}_text is null
                {% endfor %}
                {% for count in counts %}
                or try_cast({{ count }}_text as {{ exact() }}) % 1 != 0
                {% endfor %}
                then 'not a number where one belongs'
        end as unreadable,
        {% for name in names %}
        {{ 'and ' if not loop.first }}{{ is_held(name ~ '_text') }}
        {% endfor %}
        as is_held
    from numbers

),

judged as (

    select
        -- keys
        case
            when length(asked_symbol) > 200
                then concat(left(asked_symbol, 167), ' ', md5(asked_symbol))
            else asked_symbol
        end as symbol,
        {{ bucket('opens_at', '1 minute') }} as opened_at,
        -- measures
        {{ (prices + volumes) | join(',\n        ') }},
        {% for count in counts %}
        try_cast({{ count }} as bigint) as {{ count }},
        {% endfor %}
        -- lineage
        fetched_at,
        load_id,
        cast(item_position as bigint) as item_position,
        request,
        item,
        case
            when length(asked_symbol) > 200 then 'a symbol of more than 200 characters'
            when unreadable is not null then unreadable
            when not is_held
                then 'number out of range: below 1e20, to 18 places'
            when opens_at > known_at then 'opens in the future'
            when low_price <= 0 then 'a price of zero or less'
            when low_price > least(open_price, close_price) then 'low above a price'
            when high_price < greatest(open_price, close_price)
                then 'high below a price'
            when
                least({{ (volumes + counts) | join(', ') }}, 0) < 0
                then 'a volume or count below zero'
            {% for count in counts %}
            when {{ count }} >= 1e12 then 'number of trades out of range: below 1e12'
            {% endfor %}
        end as reason
    from klines
    where
        unreadable is not null
        or opens_at + interval '1' minute <= known_at
        or opens_at > known_at

)

select * from judged
{% endmacro %}
