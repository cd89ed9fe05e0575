{#
    The rows of an upstream model that changed since this model last read it, as they
    were and as they are: a view that the materialization makes.
#}
{% macro changes(relation) -%}
    changes_of_{{ relation.identifier }}
{%- endmacro %}


{#
    The rows of a raw table that landed since this model last read it, of whole loads, or
    all of them on a first build: a view that the materialization makes.
#}
{% macro arrived(relation) -%}
    arrived_{{ relation.identifier }}
{%- endmacro %}
