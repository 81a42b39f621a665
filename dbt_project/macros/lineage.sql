{# The lineage columns of a raw table: which file and row last changed a record, when, and whether it is deleted. #}
{% macro lineage() -%}
    _source as source_name,
    _file_id as file_id,
    _row_number as row_number,
    _created_at as created_at,
    _updated_at as updated_at,
    _deleted_at as deleted_at,
    _deleted_at is not null as is_deleted
{%- endmacro %}
