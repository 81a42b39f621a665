{# The reserved key of each dimension's member for what is not known. #}
{% macro unknown() -%}
    '(unknown)'
{%- endmacro %}

{# A dimension's key: the sender's id; for a record without one, or with the reserved one, the id that we gave it. #}
{% macro master_key(external_id) -%}
    coalesce(nullif({{ external_id }}, {{ unknown() }}), system_id::text)
{%- endmacro %}

{# A dimension's members: each record of a CTE with its key, and the unknown member, whose other columns are null. #}
{% macro members(records, key, external_id) -%}
    select
        {{ master_key(external_id) }} as {{ key }},
        {{ records }}.*
    from {{ records }}

    union all

    select
        {{ unknown() }} as {{ key }},
        {{ records }}.*
    from (values (1)) as nothing
    left join {{ records }}
        on false
{%- endmacro %}
