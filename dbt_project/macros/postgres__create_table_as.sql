{#
    A table from a query, in place of dbt's own: the constraints of its contract come
    after the rows. Making the key of rows that are there costs half of what keeping it
    does while they come.
#}
{% macro postgres__create_table_as(temporary, relation, sql) %}
{% set is_under_contract = config.get('contract').enforced %}
{% if is_under_contract %}
{{ get_assert_columns_equivalent(sql) }}
{% endif %}
create {{ 'temporary' if temporary }} table {{ relation }} as
{{ get_select_subquery(sql) if is_under_contract and not temporary else sql }};
{% if is_under_contract and not temporary %}
{% set constraints = [] %}
{% for column in model.columns.values() %}
    {% for constraint in column.constraints %}
        {% if constraint.type != 'not_null' %}
            {{ exceptions.raise_compiler_error(
                relation ~ "." ~ column.name ~ ": write the constraint "
                ~ constraint.type ~ " as one of the model."
            ) }}
        {% endif %}
        {% do constraints.append('alter ' ~ column.name ~ ' set not null') %}
    {% endfor %}
{% endfor %}
{% for constraint in adapter.render_raw_model_constraints(model.constraints) %}
    {% do constraints.append('add ' ~ constraint) %}
{% endfor %}
alter table {{ relation }} {{ constraints | join(', ') }};
{% endif %}
{% if not temporary and relation.identifier != this.identifier %}
{{ ready_to_replace(relation) }}
{% endif %}
{% endmacro %}
