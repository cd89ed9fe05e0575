{#
    A table from a model's query, with its indexes, and closed to readers if its
    `meta.is_personal` says so. The constraints of its contract come after the rows:
    making the key of rows that are there costs half of what keeping it does while they
    come. It is analysed, else the next build would scan it.
#}
{% macro create_table(relation, sql) %}
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
{{ get_assert_columns_equivalent(sql) }}
create table {{ relation }} as
{{ get_select_subquery(sql) }};

alter table {{ relation }} {{ constraints | join(', ') }};
{% for name, definition in indexes_of(relation.identifier).items() %}
create index {{ name }} on {{ relation }} {{ definition }};
{% endfor %}
analyze {{ relation }};
{% if config.get('meta', {}).get('is_personal') %}
revoke all on {{ relation }} from public, reader;
{% endif %}
{% endmacro %}
