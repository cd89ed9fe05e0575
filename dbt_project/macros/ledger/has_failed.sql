{# Whether the last build of a model failed, as far as the run knows. #}
{% macro has_failed() %}
{{ return(this.identifier in (graph.get('ledger') or {}).get('failed', [])) }}
{% endmacro %}
