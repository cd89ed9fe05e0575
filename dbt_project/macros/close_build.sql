{#
    After a model has written: its indexes stand, and what was noted counts as read. A
    new table is analysed, else the next build would scan it, and closed to readers if
    its `meta.is_personal` says so. One that replaces another was made ready before.
#}
{% macro close_build() %}
{% if model.config.materialized == 'incremental' %}
{{ ensure_indexes() }}
{% if not is_incremental() %}
{% if replaces_table() %}
{{ keep_views() }}
{% else %}
analyze {{ this }};
{% endif %}
{% if execute and config.get('meta', {}).get('is_personal') %}
{{ close_to_readers() }}
{% endif %}
{% endif %}
{% endif %}
{% if execute and keeps_ledger() %}
update {{ ledger() }}.reads set done = next where model = '{{ this.identifier }}';
{% endif %}
{% endmacro %}
