-- Those in which anything is owed now or was at the end of a month, the one of most documents first.
with aging as (

    select
        currency,
        open_documents
    from marts.receivables_aging

    union all

    select
        currency,
        open_documents
    from marts.receivables_aging_monthly

)

select
    currency,
    currency as label
from aging
group by currency
order by sum(open_documents) desc, currency;
