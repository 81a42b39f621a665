{#
    Overrides dbt's own check of a contract, which compares each column with each other one: only if something differs
    does that one run, and names it.
#}
{% macro postgres__get_assert_columns_equivalent(sql) -%}
    {%- set selected = adapter.get_column_schema_from_query(get_empty_subquery_sql(sql)) | sort(attribute='name') -%}
    {%- set declared = adapter.get_column_schema_from_query(get_empty_schema_sql(model.columns)) | sort(attribute='name') -%}
    {%- if selected | map(attribute='name') | list != declared | map(attribute='name') | list
        or selected | map(attribute='dtype') | list != declared | map(attribute='dtype') | list -%}
        {{ assert_columns_equivalent(sql) }}
    {%- endif -%}
{%- endmacro %}
