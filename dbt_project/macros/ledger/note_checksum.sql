{# Notes what a view or a function was made of. #}
{% macro note_checksum() %}
{% if execute and is_whole_build() %}
insert into {{ ledger() }}.versions (model, version, formula, checksum)
values ('{{ this.identifier }}', 0, '1', '{{ checksum_of(model.unique_id) }}')
on conflict (model) do update set checksum = excluded.checksum;
{% endif %}
{% endmacro %}
