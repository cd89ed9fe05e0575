{#
    The indexes of an incremental table: BRIN on `changed_in` for the next build, and
    one btree for each list of columns in the model's `lookups`. dbt's own `indexes`
    are made on a first build only, and can't summarise themselves.
#}
{% macro ensure_indexes() %}
{% set name = this.identifier %}
{% if should_full_refresh() %}
{# the replaced table still has them, under these names #}
{% for columns in [['changed_in']] + config.get('lookups', []) %}
drop index if exists {{ this.schema }}.{{ name }}_{{ columns | join('_') }};
{% endfor %}
{% endif %}
create index if not exists {{ name }}_changed_in on {{ this }}
using brin (changed_in) with (pages_per_range = 32, autosummarize = on);

{% for columns in config.get('lookups', []) %}
create index if not exists {{ name }}_{{ columns | join('_') }} on {{ this }}
({{ columns | join(', ') }});
{% endfor %}
{% endmacro %}
