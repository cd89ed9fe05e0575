{#
    What may be a reject, as `open_rejects` takes it: of the relation `unused` what was
    not taken back, and of `retracted` what was; each under its record, with its place if
    its answer has it again, or where it tells none under its request and place. A query.
#}
{% macro suspects(record, request, columns) -%}
    select
        case
            when reason = {{ said_otherwise() }}
                then {{ record }} || ' #' || item_position
            else coalesce(
                {{ record }},
                {{ shortened(request, 400) }} || ' #' || item_position
            )
        end as record_key,
        {{ columns | join(', ') }}
    from unused
    where reason != {{ taken_back() }}
    union all
    select
        {{ record }} as record_key,
        {{ columns | join(', ') }}
    from retracted
{%- endmacro %}
