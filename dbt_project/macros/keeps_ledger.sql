{# True for a build that counts: of an incremental model, and of all its rows. #}
{% macro keeps_ledger() %}
    {{ return(
        model.config.materialized == 'incremental'
        and not flags.EMPTY
        and not invocation_args_dict.get('sample')
    ) }}
{% endmacro %}
