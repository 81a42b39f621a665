{{ config(meta={'dagster': {'ref': {'name': 'receivables_aging_monthly'}}}) }}

-- Returns the months and currencies whose open amount differs from that of the documents' versions on the last day.
with versions as (

    select * from {{ ref('int_due_docs_versions') }}

),

documents as (

    select * from {{ ref('fct_due_docs') }}

),

days as (

    select * from {{ ref('int_receivables_days') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

aging as (

    select * from {{ ref('receivables_aging_monthly') }}

),

expected as (

    select
        days.as_of,
        {{ reported_currency('documents.currency') }} as currency,
        sum({{ reported('versions.open_amount') }}) as amount
    from days
    inner join versions
        on days.as_of >= versions.valid_from and days.as_of < versions.valid_before
    inner join documents
        on versions.doc_id = documents.doc_id
    {{ join_rates('documents.currency', 'days.as_of') }}
    where days.is_month_end
    group by days.as_of, {{ reported_currency('documents.currency') }}

),

reported as (

    select
        as_of,
        currency,
        sum(open_amount) as amount
    from aging
    group by as_of, currency

),

final as (

    select
        coalesce(expected.as_of, reported.as_of) as as_of,
        coalesce(expected.currency, reported.currency) as currency,
        expected.amount as expected_amount,
        reported.amount as reported_amount
    from expected
    full join reported
        on expected.as_of = reported.as_of and expected.currency = reported.currency
    where coalesce(expected.amount, 0) <> coalesce(reported.amount, 0)

)

select * from final
