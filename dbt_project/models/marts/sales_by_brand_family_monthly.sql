{{ config(indexes=[{'columns': ['month']}, {'columns': ['family_key']}]) }}

with sales as (

    select * from {{ ref('fct_sales') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

families as (

    select * from {{ ref('dim_brand_families') }}

),

bridge as (

    select * from {{ ref('bridge_brand_families') }}

),

family_months as (

    select
        {{ month_of('sales.invoice_date') }} as month,
        products.family_key,
        sales.currency,
        count(*) as sales_lines,
        sum(sales.quantity) as quantity,
        sum(sales.net_amount) as net_amount,
        sum(sales.net_amount) filter (where sales.document_type = 'invoice') as invoiced_amount,
        sum(sales.net_amount) filter (where sales.document_type = 'credit_note') as credited_amount,
        sum(sales.net_amount) filter (where sales.cost_amount is not null) as costed_net_amount,
        sum(sales.margin_amount) as margin_amount
    from sales
    inner join products
        on sales.product_key = products.product_key
    group by month, products.family_key, sales.currency

),

levels as (

    select generate_series(1, max(level)) as level
    from families

),

-- At each level a family stands under its ancestor there, or, where it has none so deep down, for itself.
family_levels as (

    select
        levels.level,
        bridge.family_key,
        bridge.ancestor_family_key
    from levels
    cross join bridge
    inner join families as ancestors
        on bridge.ancestor_family_key = ancestors.family_key
    where
        ancestors.level = levels.level
        or (bridge.distance = 0 and ancestors.level < levels.level)

),

final as (

    select
        family_months.month,
        family_levels.level,
        families.family_key,
        family_months.currency,
        families.name as family_name,
        families.path as family_path,
        families.level as family_level,
        sum(family_months.sales_lines)::bigint as sales_lines,
        sum(family_months.quantity) as quantity,
        sum(family_months.net_amount) as net_amount,
        coalesce(sum(family_months.invoiced_amount), 0) as invoiced_amount,
        coalesce(sum(family_months.credited_amount), 0) as credited_amount,
        coalesce(sum(family_months.costed_net_amount), 0) as costed_net_amount,
        coalesce(sum(family_months.margin_amount), 0) as margin_amount,
        {{ ratio('sum(family_months.margin_amount)', 'sum(family_months.costed_net_amount)') }} as margin_rate
    from family_months
    inner join family_levels
        on family_months.family_key = family_levels.family_key
    inner join families
        on family_levels.ancestor_family_key = families.family_key
    group by
        family_months.month,
        family_levels.level,
        families.family_key,
        family_months.currency,
        families.name,
        families.path,
        families.level

)

select * from final
