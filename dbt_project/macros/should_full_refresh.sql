{# Overrides dbt's own: an incremental model is also built from scratch if its table has different columns. #}
{% macro should_full_refresh() -%}
    {%- if flags.FULL_REFRESH -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set built = load_cached_relation(this) -%}
    {%- if not built or not model.columns -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set names = adapter.get_columns_in_relation(built) | map(attribute='name') | sort -%}
    {{ return(names != (model.columns | sort)) }}
{%- endmacro %}
