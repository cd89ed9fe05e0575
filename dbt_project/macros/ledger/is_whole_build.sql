{# True for a run that reads all of its inputs: without `--empty` and `--sample`. #}
{% macro is_whole_build() %}
    {{ return(not flags.EMPTY and not invocation_args_dict.get('sample')) }}
{% endmacro %}
