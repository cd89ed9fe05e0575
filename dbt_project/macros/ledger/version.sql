{#
    The version of the build under way, a bigint. A row whose `changed_in` is null
    instead says to `converge` that its key has gone. At 0 a build fails: whoever reads
    its rows by version would pass them by.
#}
{% macro version() -%}
    {{ build_setting('version', ledger() ~ '.version') }}::bigint
{%- endmacro %}
