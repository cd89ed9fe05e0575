{# Whether `model` has not read all loads that this build and earlier ones have. #}
{% macro has_unread(model) -%}
    exists (
        select known.load_id
        from {{ known_loads() }} as known
        except
        select theirs.load_id
        from {{ ledger() }}.loads_read as theirs
        where theirs.model = '{{ model.identifier }}'
    )
{%- endmacro %}
