{#
    The incremental strategy of fct_sales: lines that the model selects replace existing ones, and lines deleted in raw
    since are removed; the months of both are recorded as changed.
#}
{% macro get_incremental_sales_lines_sql(arguments) -%}
    {%- set target = arguments['target_relation'] -%}
    {%- set arriving = arguments['temp_relation'] -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') %}
    create temporary table leaving on commit drop as
    select standing.invoice_id, standing.line_no, standing.invoice_date
    from {{ arriving }} as arriving
    inner join {{ target }} as standing
        on arriving.invoice_id = standing.invoice_id and arriving.line_no = standing.line_no
    union all
    select standing.invoice_id, standing.line_no, standing.invoice_date
    from {{ ref('stg_sales') }} as sales
    inner join {{ target }} as standing
        on sales.invoice_id = standing.invoice_id and sales.line_no = standing.line_no
    where sales.is_deleted and sales.updated_at > {{ latest_change(target) }};

    insert into {{ source('ops', 'mart_months') }} (model, month)
    select distinct '{{ this.name }}', {{ month_of('invoice_date') }}
    from (
        select invoice_date from leaving
        union all
        select invoice_date from {{ arriving }}
    ) as touched
    on conflict (model, month) do update set version = gen_random_uuid();

    delete from {{ target }} as standing
    using leaving
    where standing.invoice_id = leaving.invoice_id and standing.line_no = leaving.line_no;

    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arriving }}
{%- endmacro %}

{# The latest updated_at of a table, as a literal, so that the planner can estimate how many rows are later. #}
{% macro latest_change(relation) -%}
    {%- set found = run_query("select coalesce(max(updated_at), '-infinity')::text from " ~ relation) -%}
    timestamptz '{{ found.columns[0].values()[0] }}'
{%- endmacro %}

{# Before a build from scratch: no month is recorded as built. #}
{% macro forget_months() -%}
    {% if not is_incremental() %}
    delete from {{ source('ops', 'mart_months') }} where model = '{{ this.name }}'
    {% endif %}
{%- endmacro %}

{# After a build from scratch: all months are new. #}
{% macro note_new_months() -%}
    insert into {{ source('ops', 'mart_months') }} (model, month)
    select distinct '{{ this.name }}', {{ month_of('invoice_date') }}
    from {{ distinct_by_index(this, ['invoice_date']) }} as days
    on conflict (model, month) do nothing
{%- endmacro %}

{#
    After a build from scratch: without statistics, the first builds after it would read the whole table instead of the
    rows of an index.
#}
{% macro analyze_new_table() -%}
    {% if not is_incremental() %}
    analyze {{ this }}
    {% endif %}
{%- endmacro %}
