{#
    Candles of `width` from narrower ones, the rows of the model `parts`, or else from
    the minutes of all exchanges: a query, one row per exchange, symbol and bucket, by
    the rules of the macro of this name for Postgres. In an increment it is of the
    buckets with parts that changed or with notes that came, with `is_gone` where a
    bucket has no parts any more.
#}
{% macro candles(width, part_width, minutes, parts=none) %}
{% set key = ['exchange', 'symbol', 'opened_at'] %}
{% set measures = [
    'open_price', 'high_price', 'low_price', 'close_price', 'base_volume',
    'quote_volume', 'taker_buy_base_volume', 'taker_buy_quote_volume', 'trade_count',
] %}
{% set all_parts = parts or exchange_minutes(key[1:] + measures) %}
{% set changed_parts = changes(parts) if parts
    else exchange_minutes(key[1:], is_changed=true) %}
{% set length = "interval '" ~ width.split()[0] ~ "' " ~ width.split()[1].rstrip('s') %}
{% set part_length = "interval '" ~ part_width.split()[0] ~ "' "
    ~ part_width.split()[1].rstrip('s') %}
{% set noted = "outcome in ('empty', 'quiet') and asked_from < asked_to" %}
with

{% if is_incremental() %}
touched as (

    select
        exchange,
        symbol,
        {{ bucket('opened_at', width) }} as bucket_at
    from {{ changed_parts }} as changed
    union
    select
        system as exchange,
        key as symbol,
        explode(sequence(
            {{ bucket('asked_from', width) }},
            {{ bucket("asked_to - interval '0.000001' second", width) }},
            {{ length }}
        )) as bucket_at
    from {{ changes(ref('stg_fetches')) }}
    where {{ noted }}

),
{% endif %}

picked as (

    select
        parts.*,
        {{ bucket('parts.opened_at', width) }} as bucket_at
    from {{ all_parts }} as parts
    {% if is_incremental() %}
    left semi join touched
        on
            parts.exchange = touched.exchange
            and parts.symbol = touched.symbol
            and {{ bucket('parts.opened_at', width) }} = touched.bucket_at
    {% endif %}

),

rolled as (

    select
        parts.exchange,
        parts.symbol,
        parts.bucket_at,
        {{ ohlcv_rollup(of_minutes=not parts) }}
    from picked as parts
    group by 1, 2, 3

),

-- of buckets that lack a minute: what is known of them, span by span
known as (

    select
        parts.exchange,
        parts.symbol,
        parts.bucket_at,
        parts.opened_at as known_from,
        parts.opened_at + {{ part_length }} as known_to,
        {{ 'parts.is_complete' if parts else 'true' }} as is_complete
    from picked as parts
    inner join rolled
        on
            parts.exchange = rolled.exchange
            and parts.symbol = rolled.symbol
            and parts.bucket_at = rolled.bucket_at
    where
        rolled.minute_count != {{ minutes }}
        {{ 'and parts.is_final' if parts }}
    union all
    select
        rolled.exchange,
        rolled.symbol,
        rolled.bucket_at,
        notes.asked_from as known_from,
        notes.asked_to as known_to,
        notes.outcome = 'quiet' as is_complete
    from rolled
    inner join {{ ref('stg_fetches') }} as notes
        on
            rolled.exchange = notes.system
            and rolled.symbol = notes.key
            and rolled.bucket_at + {{ length }} > notes.asked_from
            and rolled.bucket_at < notes.asked_to
    where
        rolled.minute_count != {{ minutes }}
        and {{ noted }}

),

final as (

    {{ covered_buckets('known', length) }}

),

complete as (

    {{ covered_buckets('known', length, 'is_complete') }}

),

made as (

    select
        -- keys
        rolled.exchange,
        rolled.symbol,
        rolled.bucket_at as opened_at,
        -- measures
        {% for measure in measures %}
        rolled.{{ measure }},
        {% endfor %}
        cast(
            nullif(rolled.quote_volume, 0) / nullif(rolled.base_volume, 0)
            as {{ exact() }}
        ) as vwap_price,
        rolled.minute_count,
        rolled.minute_count = {{ minutes }} or complete.exchange is not null
            as is_complete,
        rolled.minute_count = {{ minutes }} or final.exchange is not null as is_final,
        -- lineage
        current_timestamp() as updated_at
    from rolled
    left join final
        on
            rolled.exchange = final.exchange
            and rolled.symbol = final.symbol
            and rolled.bucket_at = final.bucket_at
    left join complete
        on
            rolled.exchange = complete.exchange
            and rolled.symbol = complete.symbol
            and rolled.bucket_at = complete.bucket_at

)

{% if is_incremental() %}
select
    touched.exchange,
    touched.symbol,
    touched.bucket_at as opened_at,
    {% for column in model.columns if column not in key %}
    made.{{ column }},
    {% endfor %}
    made.exchange is null as is_gone
from touched
left join made
    on
        touched.exchange = made.exchange
        and touched.symbol = made.symbol
        and touched.bucket_at = made.opened_at
{% else %}
select * from made
{% endif %}
{% endmacro %}


{#
    The buckets that the spans of `known` for which `condition` holds cover without a gap:
    a query. Each span must begin where those before it have reached.
#}
{% macro covered_buckets(known, length, condition='true') %}
select
    exchange,
    symbol,
    bucket_at
from (
    select
        *,
        max(known_to) over (
            partition by exchange, symbol, bucket_at
            order by known_from, known_to
            rows between unbounded preceding and 1 preceding
        ) as reached
    from {{ known }}
    where {{ condition }}
) as spans
group by 1, 2, 3
having
    bool_and(known_from <= coalesce(reached, bucket_at))
    and max(known_to) >= bucket_at + {{ length }}
{% endmacro %}
