{#
    Refuses a run that would write to tables made by other contracts, on run start. The
    variable `outdated` names those that the run makes anew.
#}
{% macro guard_contracts() %}
{% if execute and flags.WHICH in ['run', 'build'] %}
{% set names = [] %}
{% for unique_id in selected_resources if unique_id.startswith('model.') %}
    {% do names.append(unique_id.split('.')[2]) %}
{% endfor %}
{% set said = [] %}
{% for table in outdated_tables(names) if not is_refreshed(table.model) %}
    {% for each in table.differences %}
        {% do said.append(
            table.relation ~ ' ' ~ each.difference ~ ' ' ~ each.column
        ) %}
    {% endfor %}
{% endfor %}
{% if said %}
    {{ exceptions.raise_compiler_error(
        "Tables are not what their models say by now: " ~ said | join(', ')
        ~ ". Carry them over, with all that they hold, with: make upgrade"
    ) }}
{% endif %}
{% endif %}
{% endmacro %}
