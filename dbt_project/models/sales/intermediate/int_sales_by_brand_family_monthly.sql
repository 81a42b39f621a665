{{ by_month(indexes=[{'columns': ['month', 'level', 'family_key', 'currency'], 'unique': True}]) }}

with sales as (

    select * from {{ ref('fct_sales') }}
    {% if is_incremental() %}
    where {{ in_months('invoice_date', stale_months()) }}
    {% endif %}

),

families as (

    select * from {{ ref('dim_brand_families') }}

),

bridge as (

    select * from {{ ref('bridge_brand_families') }}

),

family_levels as (

    {{ family_levels('bridge', 'families') }}

),

-- Aggregated first, so that few rows are joined; the index on the invoice date finds them.
own_documents as (

    select
        {{ month_of('invoice_date') }} as month,
        family_key,
        currency,
        document_type,
        invoice_id,
        count(*) as sales_lines,
        sum(quantity) as quantity,
        sum(net_amount) as net_amount,
        count(*) filter (where cost_amount is null) as lines_without_cost,
        sum(net_amount) filter (where cost_amount is not null) as costed_net_amount,
        sum(cost_amount) as cost_amount
    from sales
    group by month, family_key, currency, document_type, invoice_id

),

-- A document counts once under each family, however many of its lines are below it.
documents as (

    select
        own_documents.month,
        family_levels.level,
        family_levels.ancestor_family_key as family_key,
        own_documents.currency,
        own_documents.document_type,
        own_documents.invoice_id,
        sum(own_documents.sales_lines) as sales_lines,
        sum(own_documents.quantity) as quantity,
        sum(own_documents.net_amount) as net_amount,
        sum(own_documents.lines_without_cost) as lines_without_cost,
        sum(own_documents.costed_net_amount) as costed_net_amount,
        sum(own_documents.cost_amount) as cost_amount
    from own_documents
    inner join family_levels
        on own_documents.family_key = family_levels.family_key
    group by
        own_documents.month,
        family_levels.level,
        family_levels.ancestor_family_key,
        own_documents.currency,
        own_documents.document_type,
        own_documents.invoice_id

),

final as (

    select
        month,
        level,
        family_key,
        currency,
        sum(sales_lines)::bigint as sales_lines,
        count(*) filter (where document_type = 'invoice') as invoices,
        count(*) filter (where document_type = 'credit_note') as credit_notes,
        sum(quantity) as quantity,
        sum(net_amount) as net_amount,
        coalesce(sum(net_amount) filter (where document_type = 'invoice'), 0) as invoiced_amount,
        coalesce(sum(net_amount) filter (where document_type = 'credit_note'), 0) as credited_amount,
        sum(lines_without_cost)::bigint as lines_without_cost,
        coalesce(sum(costed_net_amount), 0) as costed_net_amount,
        coalesce(sum(cost_amount), 0) as cost_amount
    from documents
    group by month, level, family_key, currency

)

select * from final
