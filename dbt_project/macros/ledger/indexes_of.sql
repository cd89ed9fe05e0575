{# The indexes of an incremental table: by name, the column or columns and how. #}
{% macro indexes_of(table) %}
{% set summary = 'with (pages_per_range = 32, autosummarize = on)' %}
{% set found = {table ~ '_changed_in': 'using brin (changed_in) ' ~ summary} %}
{% for columns in config.get('lookups', []) %}
    {% set name = table ~ '_' ~ columns | join('_') %}
    {% do found.update({name: '(' ~ columns | join(', ') ~ ')'}) %}
{% endfor %}
{{ return(found) }}
{% endmacro %}
