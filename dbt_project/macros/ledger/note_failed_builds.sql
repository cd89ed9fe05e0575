{#
    At the end of a run: notes which builds that read loads have failed, so that the next
    one looks for the load that it fails for (`set_aside_failing`).
#}
{% macro note_failed_builds(results) %}
{% for result in results if is_whole_build() and result.status == 'error'
    and result.node.config.materialized == 'incremental'
    and upstreams(result.node) | selectattr('resource_type', 'equalto', 'source') | list
%}
insert into {{ ledger() }}.versions (model, version, formula, failed_at)
values ('{{ result.node.alias }}', 0, '{{ formula_of(result.node) }}', now())
on conflict (model) do update set failed_at = excluded.failed_at;
{% endfor %}
{% endmacro %}
