{# Lets the rest of the run know of a build, which what reads the model is to read. #}
{% macro note_built(version) %}
{% set known = graph.get('ledger') %}
{% if known %}
    {% do known.versions.update({this.identifier: version}) %}
    {% do known.moved.append(this.identifier) %}
{% endif %}
{% endmacro %}
