{#
    Refuses to read what is no plain table of the loader's: these are held as they are
    for the rest of the transaction, and looked at.
#}
{% macro guard_tables(tables) %}
do $guard$
declare
    said text;
begin
    begin
        lock table {{ tables | sort | join(', ') }} in access share mode;
    exception when wrong_object_type then
        null;  -- as it is reported below
    end;

    select concat_ws(' ', found.thing, found.reason)
    into said
    from (
        {{ unplain() }}
    ) as found
    where
        found.thing in ('{{ tables | sort | join("', '") }}')
        or found.reason = 'is a function of the loader''s'
    limit 1;

    if said is not null then
        raise exception
            '%, and could run with the rights of whoever reads it. See: %',
            said, 'python -m warehouse doctor';
    end if;
end
$guard$;
{% endmacro %}
