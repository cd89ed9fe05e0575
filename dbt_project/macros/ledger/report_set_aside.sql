{#
    At the end of a run: fails it where loads are set aside, which its tables lack.
#}
{% macro report_set_aside() %}
{% if execute and flags.WHICH in ['run', 'build'] %}
do $$
declare
    said text;
begin
    select string_agg(
        format('%s lacks the load %s (%s)', model, load_id, sentence), '; '
        order by model, load_id
    )
    into said
    from {{ ledger() }}.set_aside;

    if said is not null then
        raise exception 'Set aside: %. Try them again with: python -m warehouse retry',
            said;
    end if;
end
$$;
{% endif %}
{% endmacro %}
