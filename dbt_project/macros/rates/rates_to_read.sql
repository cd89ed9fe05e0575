{#
    The pages of rates that this build reads, as rows of `relation`: those that arrived,
    and all that earlier builds have read if the list of currencies has changed since.
#}
{% macro rates_to_read(relation) -%}
    (
        select * from {{ newly_arrived(relation) }} as recent
        union all
        select * from {{ read_before(relation, ref('stg_currencies'), 'currency') }}
            as earlier
    )
{%- endmacro %}
