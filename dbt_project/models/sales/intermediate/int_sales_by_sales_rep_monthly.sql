{{ by_month(indexes=[{'columns': ['month', 'sales_rep_id', 'currency'], 'unique': True}]) }}

with documents as (

    select * from {{ ref('int_sales_by_document_monthly') }}
    {% if is_incremental() %}
    where {{ in_months('month', stale_months()) }}
    {% endif %}

),

final as (

    select
        month,
        coalesce(sales_rep_id, {{ unknown() }}) as sales_rep_id,
        currency,
        {{ sales_measures() }}
    from documents
    group by month, coalesce(sales_rep_id, {{ unknown() }}), currency

)

select * from final
