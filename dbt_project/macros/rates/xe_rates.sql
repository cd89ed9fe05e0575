{#
    The rates of a page of XE's, to be used laterally: (item jsonb, item_position
    bigint, quote_currency text, quoted_at timestamptz). Its time is null where it has
    none.

    The rates of one moment are a list, those of a period a list for each currency,
    whose positions count on from 100,000 times its own. A page that has neither is one
    null item, at position 0.
#}
{% macro xe_rates(body) -%}
    {%- set time = '^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z$' -%}
    (
        select
            sent.item,
            sent.item_position,
            sent.quote_currency,
            case
                when
                    sent.quoted_text ~ '{{ time }}'
                    and pg_input_is_valid(sent.quoted_text, 'timestamptz')
                    then sent.quoted_text::timestamptz
            end as quoted_at
        from (
            select
                moment.item,
                moment.place as item_position,
                moment.item ->> 'quotecurrency' as quote_currency,
                {{ body }} ->> 'timestamp' as quoted_text
            from jsonb_array_elements(
                case jsonb_typeof({{ body }} -> 'to')
                    when 'array' then {{ body }} -> 'to'
                end
            ) with ordinality as moment (item, place)
            union all
            select
                point.item,
                series.place * 100000 + point.place,
                series.quote_currency,
                point.item ->> 'timestamp'
            from jsonb_each(
                case jsonb_typeof({{ body }} -> 'to')
                    when 'object' then {{ body }} -> 'to'
                end
            ) with ordinality as series (quote_currency, items, place)
            cross join lateral jsonb_array_elements(
                case jsonb_typeof(series.items)
                    when 'array' then series.items
                    else jsonb_build_array(series.items)
                end
            ) with ordinality as point (item, place)
            union all
            select
                null,
                0,
                null,
                null
            where jsonb_typeof({{ body }} -> 'to') in ('array', 'object') is not true
        ) as sent
    )
{%- endmacro %}
