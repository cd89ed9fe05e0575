{#
    Has the session change no number and no time without a word: an overflow is an error
    and no null, a quotient keeps 18 places and not six, and times are in UTC. By
    statements, since dbt-spark turns the first off in each session, and what a profile
    gives as server_side_parameters does not reach a Thrift server of Spark's.
#}
{% macro be_strict() %}
{% for setting in [
    'spark.sql.ansi.enabled=true',
    'spark.sql.decimalOperations.allowPrecisionLoss=false',
    'spark.sql.session.timeZone=UTC',
] %}
{% call statement('be_strict') %}set {{ setting }}{% endcall %}
{% endfor %}
{% endmacro %}
