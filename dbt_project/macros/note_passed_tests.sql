{# At the end of a run: what a passed test has looked at, it need not look at again. #}
{% macro note_passed_tests(results) %}
{% for result in results
    if execute and is_whole_build() and result.status == 'pass' %}
    {% set bounds = modules.re.search(
        'changed_in > ([0-9]+) and changed_in <= ([0-9]+)', result.node.compiled_code or ''
    ) %}
    {% if result.node.resource_type == 'test' and bounds %}
insert into {{ ledger() }}.reads (model, upstream, done, next)
values (
    '{{ result.node.name }}',
    '{{ graph.nodes[result.node.attached_node].alias }}',
    {{ bounds.group(2) }},
    {{ bounds.group(2) }}
)
on conflict (model, upstream) do update
set done = greatest(reads.done, excluded.done), next = excluded.next;
    {% endif %}
{% endfor %}
{% endmacro %}
