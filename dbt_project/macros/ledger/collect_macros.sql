{#
    The SQL of those of the names that are macros of this project, and of the macros of
    it that they use, by their names. A run looks once at what each one uses.
#}
{% macro collect_macros(names) %}
{% set own, found = 'macro.' ~ project_name ~ '.', {} %}
{% set known = graph.setdefault('macros', {}) %}
{% for name in names %}
    {% if name not in known %}
        {% set texts, left = {}, [name] %}
        {% for each in left if each not in texts %}
            {% set macro = context.get(each).macro %}
            {% if macro and macro.unique_id == own ~ each %}
                {% do texts.update({each: macro.macro_sql}) %}
                {% for used in macro.depends_on.macros if used.startswith(own) %}
                    {% do left.append(used.split('.')[2]) %}
                {% endfor %}
            {% endif %}
        {% endfor %}
        {% do known.update({name: texts}) %}
    {% endif %}
    {% do found.update(known[name]) %}
{% endfor %}
{{ return(found) }}
{% endmacro %}
