{#
    After a model has written: its indexes stand, keys that a full refresh lost are
    noted for the models that read them, and what was noted counts as read. A new table
    is analysed, else the next build would scan it, and closed to readers if its
    `meta.is_personal` says so.
#}
{% macro close_build() %}
{% if model.config.materialized == 'incremental' %}
{{ ensure_indexes() }}
{% if not is_incremental() %}
analyze {{ this }};
{% if execute and config.get('meta', {}).get('is_personal') %}
{{ close_to_readers() }}
{% endif %}
{% endif %}
{% endif %}
{% if execute and keeps_ledger() %}
{% if should_full_refresh() and load_cached_relation(this) %}
{% set replaced = make_backup_relation(this, 'table') %}
{% set noted = (config.get('unique_key') + config.get('grouped_by', [])) | join(', ') %}
{{ note_vanished("
    select " ~ noted ~ " from " ~ replaced ~ "
    except
    select " ~ noted ~ " from " ~ this
) }}
{% endif %}

update ops.reads set done = next where model = '{{ this.identifier }}';
{% endif %}
{% endmacro %}
