{#
    Lets the rest of the run know how far a model is built. What reads it has something
    to read if that is further than the run knew.
#}
{% macro note_built(version) %}
{% set known = graph.get('ledger') %}
{% if known and known.versions.get(this.identifier) != version %}
    {% do known.versions.update({this.identifier: version}) %}
    {% do known.moved.append(this.identifier) %}
{% endif %}
{% endmacro %}
