{#
    The strategy `converge`: makes the touched keys of a table equal to the model's
    result, and touches no other.

    The result has one row a touched key. Where its `changed_in` is null the key has
    gone: the row is deleted and its key noted for the models downstream. Other rows
    are inserted, or updated where they differ. `changed_in` and `updated_at` move only
    when a value does; the columns in the model's `lineage` say which answer a row came
    from, and an older answer never replaces a newer one. The columns in its
    `grouped_by` are those that a later model groups by: a row that leaves its group is
    noted with them, as if it had gone, so that the group can be found. A build that the
    ledger does not count writes nothing, since no model downstream would notice.

    Where the key ends with a time, and no row lies between the first and the last of
    those that came, rows are inserted without looking each of them up, which halves
    what a long span costs. Nobody else writes meanwhile: this build holds the lock.

    Where the table is rebuilt the result is the whole truth of what raw still has: what
    it lacks goes, and an older answer replaces a newer one. Only a row whose page raw no
    longer has stays as it is, unless the result has a newer one.
#}
{% macro get_incremental_converge_sql(arg_dict) %}
{% if not keeps_ledger() %}
    {{ return('select 1') }}
{% endif %}
{% set target = arg_dict['target_relation'] %}
{% set result = arg_dict['temp_relation'] %}
{% set keys = arg_dict['unique_key'] %}
{% set lineage = config.get('lineage', []) %}
{% set groups = config.get('grouped_by', []) %}
{% set is_whole = is_rebuilt() %}
{% set stamps = ['changed_in', 'updated_at'] %}
{% set columns = arg_dict['dest_columns'] | map(attribute='name') | list %}
{% set values = columns | reject('in', keys + lineage + stamps) | list %}
{% set series = keys[:-1] %}
{% set rises = keys[-1]
    if model.columns[keys[-1]].data_type in ['timestamptz', 'date'] else none %}
{% set differs %}
{%- if not values %}false{% else %}
({% for value in values %}target.{{ value }}{{ ', ' if not loop.last }}{% endfor %})
is distinct from
({% for value in values %}excluded.{{ value }}{{ ', ' if not loop.last }}{% endfor %})
{%- endif %}
{% endset %}
{% set excluded_lineage = '(excluded.' ~ lineage | join(', excluded.') ~ ')' %}
{% set target_lineage = '(target.' ~ lineage | join(', target.') ~ ')' %}

{% if is_whole %}
analyze {{ result }};
{% endif %}

with deleted as (
    delete from {{ target }} as target
    {%- if is_whole %}
    where
        not exists (
            select 1
            from {{ result }} as result
            where
                result.changed_in is not null
                and {{ keys_match('target', 'result', keys) }}
        )
        and (
            not {{ has_lost_its_page('target') }}
            or exists (
                select 1
                from {{ result }} as result
                where
                    result.changed_in is null
                    and {{ keys_match('target', 'result', keys) }}
            )
        )
    {%- else %}
    using {{ result }} as result
    where
        result.changed_in is null
        and {{ keys_match('target', 'result', keys) }}
    {%- endif %}
    returning
        target.{{ (keys + groups) | join(', target.') }}
)

insert into {{ ledger() }}.vanished (model, version, key)
select
    '{{ target.identifier }}',
    {{ version() }},
    to_jsonb(deleted)
from deleted;

{% if groups %}
insert into {{ ledger() }}.vanished (model, version, key)
select
    '{{ target.identifier }}',
    {{ version() }},
    to_jsonb(held)
from {{ result }} as result
cross join lateral (
    select target.{{ (keys + groups) | join(', target.') }}
    from {{ target }} as target
    where
        {%- for key in keys %}
        {{ 'and ' if not loop.first }}target.{{ key }} = result.{{ key }}
        {%- endfor %}
    -- offset 0: by the key's index, row by row
    offset 0
) as held
where
    result.changed_in is not null
    and (held.{{ groups | join(', held.') }})
    is distinct from (result.{{ groups | join(', result.') }});
{% endif %}

{% if rises %}
with spans as (
    select
        {% for column in series %}
        {{ column }},
        {% endfor %}
        min({{ rises }}) as first,
        max({{ rises }}) as last
    from {{ result }}
    where changed_in is not null
    {{ 'group by ' ~ series | join(', ') if series }}
),

overlap as materialized (
    select exists(
        select 1
        from spans
        cross join lateral (
            select 1
            from {{ target }} as target
            where
                target.{{ rises }} between spans.first and spans.last
                {%- for column in series %}
                and target.{{ column }} = spans.{{ column }}
                {%- endfor %}
            -- offset 0: by the key's index, and no further than the first
            limit 1 offset 0
        ) as held
    ) as is_there
),

added as (
    insert into {{ target }} ({{ columns | join(', ') }})
    select {{ columns | join(', ') }}
    from {{ result }}
    where changed_in is not null and not (select is_there from overlap)
)

{% endif %}
insert into {{ target }} as target ({{ columns | join(', ') }})
select {{ columns | join(', ') }}
from {{ result }}
where changed_in is not null {{ 'and (select is_there from overlap)' if rises }}
on conflict ({{ keys | join(', ') }}) do update
set
    {%- for column in values + lineage %}
    {{ column }} = excluded.{{ column }},
    {%- endfor %}
    {%- for stamp in stamps if stamp in columns %}
    {{ stamp }} = case
        when {{ differs }} then excluded.{{ stamp }}
        else target.{{ stamp }}
    end
    {{- ',' if not loop.last }}
    {%- endfor %}
where
    {%- if is_whole %}
    (
        {{ differs }}
        {%- if lineage %}
        or {{ excluded_lineage }} != {{ target_lineage }}
        {%- endif %}
    )
    and not (
        {{ excluded_lineage ~ ' < ' ~ target_lineage ~ ' and ' if lineage }}
        {{- has_lost_its_page('target') }}
    )
    {%- else %}
    {%- if lineage %}
    {{ excluded_lineage }} > {{ target_lineage }}
    or {{ excluded_lineage }} = {{ target_lineage }} and
    {%- endif %}
    {{ differs }}
    {%- endif %};
{% endmacro %}
