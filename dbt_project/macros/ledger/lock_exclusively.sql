{#
    Locks a relation against all others, asking again and again for a moment each.

    Whoever comes after a waiting lock waits behind it: for as long as one reader's query
    takes, nobody else could read. So no try takes longer than half a second, and readers
    go on between two of them. The views that read a table are locked before it, as their
    readers do: by a change that changes nothing, since `lock table` would lock all that
    they read.
#}
{% macro lock_exclusively(relation) %}
do $$
declare
    patience text := current_setting('lock_timeout');
    reading record;
begin
    loop
        begin
            perform set_config('lock_timeout', '500ms', true);
            {% if relation.is_view %}
            alter view if exists {{ relation }} reset (security_barrier);
            {% else %}
            for reading in {{ views_of(relation) }} loop
                execute format('alter view %s reset (security_barrier)', reading.name);
            end loop;
            lock table {{ relation }} in access exclusive mode;
            {% endif %}
            exit;
        exception when lock_not_available or deadlock_detected then
            perform pg_sleep(0.5 + random());
        end;
    end loop;
    perform set_config('lock_timeout', patience, true);
end
$$;
{% endmacro %}
