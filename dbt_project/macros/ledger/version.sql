{#
    The version of the build under way, a bigint; 0 in a build that the ledger does not
    count. A row whose `changed_in` is null instead says to `converge` that its key has
    gone.
#}
{% macro version() -%}
    coalesce(nullif(current_setting('ledger.version', true), ''), '0')::bigint
{%- endmacro %}
