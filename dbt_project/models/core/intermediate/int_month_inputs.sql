with mart_months as (

    select * from {{ source('ops', 'mart_months') }}

),

families as (

    select * from {{ ref('dim_brand_families') }}

),

family_levels as (

    select * from {{ ref('int_brand_family_levels') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

-- Inputs that affect all months of a model, besides the months that it reads.
settings as (

    select
        (
            select md5(string_agg(row(family_key, name, path, level, parent_family_key)::text, ',' order by family_key))
            from families
        ) as places,
        (
            select md5(string_agg(family_levels::text, ',' order by family_key, level))
            from family_levels
        ) as hierarchy,
        coalesce((select md5(string_agg(rates::text, ',' order by currency, valid_from)) from rates), '') as exchange

),

-- Each month-wise model, the models whose months it reads, and how many months back.
models as (

    select
        'int_sales_by_document_monthly' as model,
        'fct_sales' as reads,
        0 as reach,
        '' as settings

    union all

    select
        'int_sales_by_customer_monthly' as model,
        'int_sales_by_document_monthly' as reads,
        0 as reach,
        '' as settings

    union all

    select
        'int_sales_by_sales_rep_monthly' as model,
        'int_sales_by_document_monthly' as reads,
        0 as reach,
        '' as settings

    union all

    select
        'int_sales_by_order_monthly' as model,
        'int_sales_by_document_monthly' as reads,
        0 as reach,
        '' as settings

    union all

    select
        'int_sales_by_own_family_monthly' as model,
        'fct_sales' as reads,
        0 as reach,
        '' as settings

    union all

    select
        'int_invoices_by_brand_family_monthly' as model,
        'fct_sales' as reads,
        0 as reach,
        '' as settings

    union all

    select
        'int_sales_by_brand_family_monthly' as model,
        'int_sales_by_own_family_monthly' as reads,
        0 as reach,
        hierarchy as settings
    from settings

    union all

    select
        'int_sales_by_brand_family_monthly' as model,
        'int_invoices_by_brand_family_monthly' as reads,
        0 as reach,
        hierarchy as settings
    from settings

    union all

    select
        'sales_by_customer_monthly' as model,
        'int_sales_by_customer_monthly' as reads,
        24 as reach,
        exchange as settings
    from settings

    union all

    select
        'sales_by_brand_family_monthly' as model,
        'int_sales_by_brand_family_monthly' as reads,
        24 as reach,
        exchange || places || hierarchy as settings
    from settings

),

-- A report continues for as many months as earlier sales affect.
months as (

    select
        models.model,
        models.reach,
        models.settings,
        (mart_months.month + make_interval(months => steps.months))::date as month,
        bool_or(steps.months = 0) as is_read,
        string_agg(
            mart_months.month || ' ' || mart_months.version, ',' order by mart_months.month, mart_months.model
        ) as versions
    from models
    inner join mart_months
        on models.reads = mart_months.model
    cross join lateral generate_series(0, models.reach) as steps (months)
    group by
        models.model, models.reach, models.settings, (mart_months.month + make_interval(months => steps.months))::date

),

final as (

    select
        model,
        month,
        is_read,
        reach,
        md5(concat_ws('|', settings, versions)) as inputs
    from months

)

select * from final
