{# Whether a model is another than when it was last built, as far as the run knows. #}
{% macro is_changed() %}
{% set known = graph.get('ledger') %}
{{ return(not known or known.reasons.get(model.unique_id) in ('missing', 'changed')) }}
{% endmacro %}
