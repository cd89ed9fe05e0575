{#
    At the end of a run: what a passed test has looked at, it need not look at again.
    That is of the tested model up to the bound in its SQL, of others what the run knew.
#}
{% macro note_passed_tests(results) %}
{% set known = graph.get('ledger') if execute else none %}
{% for result in results if known and is_whole_build() and result.status == 'pass'
    and result.node.resource_type == 'test'
    and result.adapter_response.get('_message') != 'NOTHING NEW' %}
{% set test = result.node %}
{% set bound = modules.re.search(
    'changed_in > [0-9]+ and changed_in <= ([0-9]+)', test.compiled_code or ''
) %}
{% set tested = node_of(test.attached_node).alias if bound %}
{% for upstream in known.reads.get(test.unique_id, []) %}
insert into {{ ledger() }}.reads (model, upstream, done)
select
    '{{ test.name }}',
    '{{ upstream }}',
    seen.version
from (
    select {{
        bound.group(1) if upstream == tested else known.versions.get(upstream, 0)
    }} as version
) as seen
on conflict (model, upstream) do update
set done = greatest(reads.done, excluded.done);
{% endfor %}

insert into {{ ledger() }}.versions (model, version, formula, checksum)
values ('{{ test.name }}', 0, '1', '{{ known.checksums[test.unique_id] }}')
on conflict (model) do update set checksum = excluded.checksum;
{% endfor %}
{% endmacro %}
