with mart_months as (

    select * from {{ source('ops', 'mart_months') }}

),

families as (

    select * from {{ ref('dim_brand_families') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

-- What goes into all months of a report besides the months that it reads.
settings as (

    select
        (
            select string_agg(concat_ws('/', family_key, parent_family_key, path), ',' order by family_key)
            from families
        ) as hierarchy,
        concat_ws(
            '/',
            {{ var('fiscal_year_start_month') }},
            {{ var('abc_class_a_share') }},
            {{ var('abc_class_b_share') }},
            (select string_agg(rates::text, ',' order by currency, valid_from) from rates)
        ) as report

),

-- Each model that is built by the month, the one whose months it reads, and how many months back.
models as (

    select
        'int_sales_by_customer_monthly' as model,
        'fct_sales' as reads,
        0 as reach,
        '' as settings

    union all

    select
        'int_sales_by_order_monthly' as model,
        'fct_sales' as reads,
        0 as reach,
        '' as settings

    union all

    select
        'int_sales_by_brand_family_monthly' as model,
        'fct_sales' as reads,
        0 as reach,
        hierarchy as settings
    from settings

    union all

    select
        'sales_by_customer_monthly' as model,
        'int_sales_by_customer_monthly' as reads,
        24 as reach,
        report as settings
    from settings

    union all

    select
        'sales_by_brand_family_monthly' as model,
        'int_sales_by_brand_family_monthly' as reads,
        24 as reach,
        report || hierarchy as settings
    from settings

),

-- A report goes on for as many months as something still reaches, up to that of the day that it is told by.
months as (

    select distinct
        models.*,
        (mart_months.month + make_interval(months => steps.months))::date as month
    from models
    inner join mart_months
        on models.reads = mart_months.model
    cross join lateral generate_series(0, models.reach) as steps (months)
    where
        steps.months = 0
        or mart_months.month + make_interval(months => steps.months) <= {{ as_of() }}

),

final as (

    select
        months.model,
        months.month,
        md5(
            concat_ws(
                '|',
                months.settings,
                case when months.reach > 0 then {{ is_closed('months.month') }} end,
                string_agg(mart_months.month || ' ' || mart_months.version, ',' order by mart_months.month)
            )
        ) as inputs
    from months
    inner join mart_months
        on
            months.reads = mart_months.model
            and months.month >= mart_months.month
            and months.month <= mart_months.month + make_interval(months => months.reach)
    group by months.model, months.month, months.reach, months.settings

)

select * from final
