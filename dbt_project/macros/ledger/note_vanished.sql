{# Notes the rows of a query, keys of this model, as vanished with this build. #}
{% macro note_vanished(keys) %}
insert into {{ ledger() }}.vanished (model, version, key)
select
    '{{ this.identifier }}',
    {{ version() }},
    to_jsonb(vanished)
from (
    {{ keys }}
) as vanished;
{% endmacro %}
