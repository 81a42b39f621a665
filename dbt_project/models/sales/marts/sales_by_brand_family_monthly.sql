{{ by_month(indexes=[
    {'columns': ['month', 'level', 'family_key', 'currency'], 'unique': True},
    {'columns': ['family_key']},
]) }}

{% set months = stale_months() if is_incremental() else none %}

with family_months as (

    select * from {{ ref('int_sales_by_brand_family_monthly') }}
    {% if months is not none %}
    where {{ in_months('month', months, months_before=24) }}
    {% endif %}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

families as (

    select * from {{ ref('dim_brand_families') }}

),

cells as (

    select
        family_months.month,
        family_months.level,
        family_months.family_key,
        {{ reported_sales_measures('family_months') }}
    from family_months
    {{ join_rates('family_months.currency', 'family_months.month') }}

),

{{ ranked_sales('family_key', ['level', 'currency'], ref('int_sales_by_brand_family_monthly'), months) }},

final as (

    select
        ranked.month,
        ranked.level,
        ranked.family_key,
        ranked.currency,
        families.name as family_name,
        families.path as family_path,
        families.level as family_level,
        families.parent_family_key,
        {{ sales_report_columns() }}
    from ranked
    inner join families
        on ranked.family_key = families.family_key

)

select * from final
