{# A query of the names of our views that read a table themselves. #}
{% macro views_of(relation) %}
select distinct rules.ev_class::regclass::text as name
from pg_depend as uses
inner join pg_rewrite as rules on uses.objid = rules.oid
inner join pg_class as readings on rules.ev_class = readings.oid
where
    uses.classid = 'pg_rewrite'::regclass
    and uses.refobjid = to_regclass('{{ relation }}')
    and readings.relkind = 'v'
    and readings.relowner = current_user::regrole
{% endmacro %}
