{{ config(meta={'dagster': {'ref': {'name': 'receivables_aging'}}}) }}

-- Returns the currencies and amounts of the ageing that differ from those of the open documents in fct_due_docs.
with documents as (

    select * from {{ ref('fct_due_docs') }}

),

aging as (

    select * from {{ ref('receivables_aging') }}

),

expected as (

    select
        reported_currency as currency,
        aging_bucket as bucket,
        sum(reported_open_amount) as amount
    from documents
    where is_open
    group by reported_currency, aging_bucket

    union all

    select
        reported_currency as currency,
        'documents' as bucket,
        count(*) as amount
    from documents
    where is_open
    group by reported_currency

),

reported as (

    {% for bucket in aging_buckets() %}
    select
        currency,
        '{{ bucket }}' as bucket,
        sum({{ bucket }}_amount) as amount
    from aging
    group by currency

    union all

    {% endfor %}
    select
        currency,
        'documents' as bucket,
        sum(open_documents) as amount
    from aging
    group by currency

),

final as (

    select
        coalesce(expected.currency, reported.currency) as currency,
        coalesce(expected.bucket, reported.bucket) as bucket,
        expected.amount as expected_amount,
        reported.amount as reported_amount
    from expected
    full join reported
        on expected.currency = reported.currency and expected.bucket = reported.bucket
    where coalesce(expected.amount, 0) <> coalesce(reported.amount, 0)

)

select * from final
