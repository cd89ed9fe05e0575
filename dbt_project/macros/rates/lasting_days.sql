{# For how many days after its own a rate counts where there is none newer. #}
{% macro lasting_days() %}{{ return(14) }}{% endmacro %}
