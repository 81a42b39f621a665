{{ config(indexes=[
    {'columns': ['doc_id']},
    {'columns': ['due_on']},
    {'columns': ['settled_on']},
    {'columns': ['customer_key']},
]) }}

with states as (

    select * from {{ ref('int_due_docs_states') }}

),

versions as (

    select * from {{ ref('int_due_docs_versions') }}

),

sales as (

    select * from {{ ref('fct_sales') }}

),

customer_keys as (

    select * from {{ ref('int_customer_keys') }}

),

branch_keys as (

    select * from {{ ref('int_branch_keys') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

due_docs as (

    select * from states
    where is_latest

),

without_branch as (

    select doc_id
    from due_docs
    where branch_id is null

),

-- The branch to which all lines of the invoice with the same number were sold.
sold_to as (

    select
        sales.invoice_id,
        min(sales.branch_key) as branch_key
    from sales
    inner join without_branch
        on sales.invoice_id = without_branch.doc_id
    group by sales.invoice_id
    having min(sales.branch_key) = max(sales.branch_key)

),

-- The version that is valid at the end of the as-of date.
standing as (

    select
        *,
        {{ aging_bucket('open_amount', 'due_on', 'is_disputed', as_of()) }} as aging_bucket
    from versions
    where valid_from <= {{ as_of() }} and valid_before > {{ as_of() }}

),

documents as (

    select
        due_docs.*,
        {{ as_of() }} as as_of,
        coalesce(customer_keys.customer_key, {{ unknown() }}) as customer_key,
        coalesce(
            branch_keys.branch_key,
            case when due_docs.branch_id is null then sold_to.branch_key end,
            {{ unknown() }}
        ) as branch_key,
        coalesce(standing.open_amount, 0)::numeric(20, 6) as standing_open_amount,
        coalesce(standing.due_on, due_docs.due_on) as standing_due_on,
        coalesce(standing.is_disputed, due_docs.is_disputed) as standing_is_disputed,
        standing.aging_bucket,
        {{ reported_currency('due_docs.currency') }} as reported_currency,
        {{ reported('coalesce(standing.open_amount, 0)') }}::numeric(20, 6) as reported_open_amount,
        case when due_docs.is_deleted then due_docs.known_on end as left_on
    from due_docs
    left join standing
        on due_docs.doc_id = standing.doc_id
    left join customer_keys
        on due_docs.customer_id = customer_keys.customer_id
    left join branch_keys
        on due_docs.branch_id = branch_keys.branch_id
    left join sold_to
        on due_docs.doc_id = sold_to.invoice_id
    {{ join_rates('due_docs.currency', as_of()) }}

),

final as (

    select
        doc_id,
        doc_type,
        customer_key,
        branch_key,
        customer_id,
        branch_id,
        issued_on,
        standing_due_on as due_on,
        settled_on,
        amount,
        standing_open_amount as open_amount,
        open_amount as last_open_amount,
        currency,
        reported_open_amount,
        reported_currency,
        is_deleted,
        left_on,
        standing_open_amount <> 0 as is_open,
        aging_bucket,
        case
            when standing_open_amount <> 0 then greatest(as_of - standing_due_on, 0)
            else 0
        end as days_overdue,
        case when settled_on <= as_of then settled_on - standing_due_on end as days_late,
        standing_is_disputed as is_disputed,
        as_of,
        source_name,
        file_id,
        row_number,
        updated_at
    from documents

)

select * from final
