{#
    Sets aside the loads for which a build fails, which so keep none of the others: tries
    the `statements` of the build that follows, and takes them back. Where they fail, the
    first load with which they do is looked for by halves, and is set aside, until the
    rest does.

    Only errors of the data are a load's fault, by their SQLSTATE: cardinality (21), data
    (22), constraints (23), and limits of what a row or an index may hold (54). Others,
    and those that come without any load, fail the build.
#}
{% macro set_aside_failing(statements) %}
do $aside$
declare
    statements constant text := $statements${{ statements }}$statements$;
    loads text[];
    size integer;
    fine integer;
    failing integer;
    said text[];
begin
    loop
        select array_agg(arrived.load_id order by arrived.load_id)
        into loads
        from {{ arrived_loads() }} as arrived;

        size := coalesce(cardinality(loads), 0);
        said := {{ ledger() }}.trial(loads, statements);
        exit when said is null;
        fine := 0;
        failing := size;
        if size = 0 or {{ ledger() }}.trial('{}', statements) is not null then
            raise exception using errcode = said[1], message = said[2];
        end if;
        while failing - fine > 1 loop
            size := (fine + failing) / 2;
            if {{ ledger() }}.trial(loads[1:size], statements) is null then
                fine := size;
            else
                failing := size;
            end if;
        end loop;
        said := {{ ledger() }}.trial(loads[1:failing], statements);

        insert into {{ ledger() }}.set_aside (
            model, load_id, checksum, sqlstate, sentence
        )
        values (
            '{{ this.identifier }}',
            loads[failing],
            '{{ checksum_of(model.unique_id) }}',
            said[1],
            said[2]
        );
        delete from {{ ledger() }}.loads_read
        where model = '{{ this.identifier }}' and load_id = loads[failing];
    end loop;
end
$aside$;
{% endmacro %}
