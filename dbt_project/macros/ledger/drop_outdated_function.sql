{#
    Drops a function that returns other columns than it is to, which Postgres would not
    replace. It is made again in the same transaction.
#}
{% macro drop_outdated_function() %}
do $$
declare
    outdated regprocedure;
begin
    for outdated in
        select held.oid
        from pg_proc as held
        where
            held.pronamespace = '{{ this.schema }}'::regnamespace
            and held.proname = '{{ this.identifier }}'
            and pg_get_function_result(held.oid) != (
                select
                    'TABLE(' || string_agg(
                        part[1] || ' ' || to_regtype(part[2])::text, ', '
                    ) || ')'
                from regexp_matches(
                    '{{ model.returns.data_type }}',
                    '(\w+) +([a-z ]+?)\s*[,)]',
                    'g'
                ) as part
            )
    loop
        execute format('drop function %s', outdated);
    end loop;
end
$$;
{% endmacro %}
