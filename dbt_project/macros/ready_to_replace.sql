{#
    What a full refresh does to its new table before that takes the place of the old one:
    from then on until the commit nobody can read either. The keys that the new one
    lacks are noted for the models that read them, by as much of the key as the old one
    had.
#}
{% macro ready_to_replace(relation) %}
{% for name, definition in indexes_of(this.identifier).items() %}
create index {{ name }}__new on {{ relation }} {{ definition }};
{% endfor %}
analyze {{ relation }};
{% if keeps_ledger() %}
{% set held = adapter.get_columns_in_relation(this) | map(attribute='name') | list %}
{% set noted = (config.get('unique_key') + config.get('grouped_by', []))
    | select('in', held) | join(', ') %}
{{ note_vanished("
    select " ~ noted ~ " from " ~ this ~ "
    except
    select " ~ noted ~ " from " ~ relation
) }}
{% endif %}
{% endmacro %}
