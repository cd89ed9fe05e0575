{# True for a build that counts: of an incremental model, and of all its rows. #}
{% macro keeps_ledger() %}
    {{ return(model.config.materialized == 'incremental' and is_whole_build()) }}
{% endmacro %}
