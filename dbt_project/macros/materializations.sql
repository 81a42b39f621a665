{#
    Overrides of dbt's own materializations, which send twice as many statements and set dbt's context up anew for each
    renamed or dropped table: that takes longer than building a small one. A model is built beside the existing one,
    which it replaces in the same transaction, and which is dropped after it.
#}
{% materialization table, adapter='postgres' -%}
    {%- set built = make_intermediate_relation(this.incorporate(type='table')) -%}

    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        {{ drop_left_over(built) }}
        {{ get_create_table_as_sql(False, built, sql) }}
    {%- endcall %}
    {{ return(replace_with(built)) }}
{%- endmaterialization %}

{% materialization view, adapter='postgres' -%}
    {%- set built = make_intermediate_relation(this.incorporate(type='view')) -%}

    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        {{ drop_left_over(built) }}
        {{ get_create_view_as_sql(built, sql) }}
    {%- endcall %}
    {{ return(replace_with(built)) }}
{%- endmaterialization %}

{# Puts what is built, with its indexes, grants and descriptions, in the place of the existing relation. #}
{% macro replace_with(built) -%}
    {%- set target = this.incorporate(type=built.type) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set replaced = make_backup_relation(target, existing.type if existing else built.type) -%}

    {% call statement('replace') -%}
        {% for index in config.get('indexes', []) %}
        {{ get_create_index_sql(built, index) }};
        {% endfor %}
        {{ drop_left_over(replaced) }}
        {% if existing %}
        alter {{ existing.type }} if exists {{ existing }} rename to {{ adapter.quote(replaced.identifier) }};
        {% do adapter.cache_renamed(existing, replaced) %}
        {% endif %}
        alter {{ built.type }} {{ built }} rename to {{ adapter.quote(target.identifier) }};
        {% for privilege, grantees in config.get('grants', {}).items() %}
        {{ get_grant_sql(target, privilege, grantees) }};
        {% endfor %}
        {{ comments_on(target) }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {% if existing %}
        {% do adapter.cache_dropped(replaced) %}
        {% call statement('drop') -%}
            drop {{ existing.type }} if exists {{ replaced }} cascade
        {%- endcall %}
        {% do adapter.commit() %}
    {% endif %}
    {{ return({'relations': [target]}) }}
{%- endmacro %}

{# Drops a relation that a build which was ended by force has left, if there is one. #}
{% macro drop_left_over(relation) -%}
    {%- set left_over = load_cached_relation(relation) -%}
    {%- if left_over -%}
        drop {{ left_over.type }} if exists {{ left_over }} cascade;
        {%- do adapter.cache_dropped(left_over) -%}
    {%- endif -%}
{%- endmacro %}
