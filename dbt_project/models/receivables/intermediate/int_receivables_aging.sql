{{ config(materialized='table') }}

with documents as (

    select * from {{ ref('fct_due_docs') }}

),

versions as (

    select * from {{ ref('int_due_docs_versions') }}

),

days as (

    select * from {{ ref('int_receivables_days') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

-- An entry is a document in one of three roles: open, sold or settled. Columns of the other roles are null.
entries as (

    select
        days.as_of,
        days.is_month_end,
        versions.doc_id,
        versions.due_on,
        versions.open_amount,
        versions.is_disputed,
        null::numeric as sold_amount,
        null::numeric as settled_amount,
        null::int as days_late
    from versions
    inner join days
        on versions.valid_from <= days.as_of and versions.valid_before > days.as_of
    where versions.open_amount <> 0

    union all

    select
        days.as_of,
        days.is_month_end,
        documents.doc_id,
        null as due_on,
        null as open_amount,
        null as is_disputed,
        {{ signed_amount('documents.amount', 'documents.doc_type') }} as sold_amount,
        null as settled_amount,
        null as days_late
    from documents
    inner join days
        on documents.issued_on > days.as_of - {{ var('dso_days') }} and documents.issued_on <= days.as_of
    where documents.doc_type in ('invoice', 'credit_note')

    union all

    select
        days.as_of,
        days.is_month_end,
        documents.doc_id,
        null as due_on,
        null as open_amount,
        null as is_disputed,
        null as sold_amount,
        documents.amount as settled_amount,
        documents.days_late
    from documents
    inner join days
        on documents.settled_on >= days.settled_from and documents.settled_on <= days.as_of
    where documents.doc_type = 'invoice' and documents.amount > 0 and documents.days_late is not null

),

converted as (

    select
        entries.as_of,
        entries.is_month_end,
        documents.customer_key,
        documents.branch_key,
        {{ reported_currency('documents.currency') }} as currency,
        entries.due_on,
        {{ reported('entries.open_amount') }} as open_amount,
        {{ aging_bucket('entries.open_amount', 'entries.due_on', 'entries.is_disputed', 'entries.as_of') }} as bucket,
        {{ reported('entries.sold_amount') }} as sold_amount,
        {{ reported('entries.settled_amount') }} as settled_amount,
        entries.days_late
    from entries
    inner join documents
        on entries.doc_id = documents.doc_id
    {{ join_rates('documents.currency', 'entries.as_of') }}

),

totals as (

    select
        as_of,
        is_month_end,
        customer_key,
        branch_key,
        currency,
        count(open_amount) as open_documents,
        {% for bucket in aging_buckets() %}
        coalesce(sum(open_amount) filter (where bucket = '{{ bucket }}'), 0) as {{ bucket }}_amount,
        {% endfor %}
        coalesce(sum(open_amount), 0) as open_amount,
        count(*) filter (where bucket like 'overdue%') as overdue_documents,
        coalesce(sum(open_amount) filter (where bucket like 'overdue%'), 0) as overdue_amount,
        coalesce(sum(open_amount) filter (where bucket = 'disputed' and due_on < as_of), 0) as disputed_overdue_amount,
        min(due_on) filter (where open_amount > 0) as oldest_due_on,
        coalesce(sum(sold_amount), 0) as credit_sales_amount,
        count(days_late) as settled_documents,
        coalesce(sum(settled_amount), 0) as settled_amount,
        {{ ratio('sum(days_late)', 'count(days_late)') }} as average_days_late,
        {{ ratio('sum(greatest(days_late, 0))', 'count(days_late)') }} as average_days_overdue,
        {{ ratio('sum(days_late * settled_amount)', 'sum(settled_amount)') }} as weighted_average_days_late
    from converted
    group by as_of, is_month_end, customer_key, branch_key, currency

),

-- A limit without a currency is in the currency of the customer's documents, if they have only one.
limits as (

    select
        customers.customer_key,
        customers.credit_limit,
        coalesce(
            customers.currency,
            case when min(documents.currency) = max(documents.currency) then min(documents.currency) end
        ) as currency
    from customers
    inner join documents
        on customers.customer_key = documents.customer_key
    where customers.credit_limit is not null
    group by customers.customer_key, customers.credit_limit, customers.currency

),

limited as (

    select
        totals.*,
        sum(totals.open_amount) over (
            partition by totals.as_of, totals.is_month_end, totals.customer_key, totals.currency
        ) as customer_open_amount,
        case
            when {{ reported_currency('limits.currency') }} = totals.currency then {{ reported('limits.credit_limit') }}
        end as credit_limit
    from totals
    left join limits
        on totals.customer_key = limits.customer_key
    {{ join_rates('limits.currency', 'totals.as_of') }}

),

final as (

    select
        as_of,
        is_month_end,
        customer_key,
        branch_key,
        currency,
        open_documents,
        {% for bucket in aging_buckets() %}
        {{ bucket }}_amount::numeric(38, 6) as {{ bucket }}_amount,
        {% endfor %}
        open_amount::numeric(38, 6) as open_amount,
        overdue_documents,
        overdue_amount::numeric(38, 6) as overdue_amount,
        disputed_overdue_amount::numeric(38, 6) as disputed_overdue_amount,
        oldest_due_on,
        credit_sales_amount::numeric(38, 6) as credit_sales_amount,
        {{ var('dso_days') }} as dso_days,
        case
            when credit_sales_amount > 0
                then {{ ratio('open_amount * ' ~ var('dso_days'), 'credit_sales_amount') }}
        end::numeric(38, 6) as days_sales_outstanding,
        settled_documents,
        settled_amount::numeric(38, 6) as settled_amount,
        average_days_late::numeric(38, 6) as average_days_late,
        average_days_overdue::numeric(38, 6) as average_days_overdue,
        weighted_average_days_late::numeric(38, 6) as weighted_average_days_late,
        credit_limit::numeric(38, 6) as credit_limit,
        {{ ratio('customer_open_amount', 'credit_limit') }}::numeric(38, 6) as credit_limit_used
    from limited

)

select * from final
