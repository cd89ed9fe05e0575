{#
    The body of `ops.trial(loads, statements)`: runs the statements of the build under way
    as if only these of its loads had arrived, and takes back all that they did. Returns
    null where they work, else the SQLSTATE and the sentence of an error of the data.
#}
{% macro trial_body() %}
declare
    done constant text := 'TRIAL';
begin
    delete from {{ ledger() }}.loads_read
    where
        loads_read.model = current_setting('ledger.model')
        and loads_read.version = current_setting('ledger.version')::bigint
        and loads_read.load_id != all(coalesce(loads, '{}'));
    execute statements;
    raise exception using errcode = done;
exception
    when others then
        if sqlstate = done then
            return null;
        elsif
            left(sqlstate, 2) in ('21', '22', '23', '54')
            -- of a value too large to be taken apart, which has no class of its own
            or sqlerrm like 'invalid memory alloc request size%'
        then
            return array[sqlstate, sqlerrm];
        end if;
        raise;
end
{% endmacro %}
