with exchange_rates as (

    select * from {{ ref('exchange_rates') }}

),

reporting as (

    select nullif('{{ var('reporting_currency') or '' }}', '')::text as currency

),

-- Amounts already in the reporting currency have the rate 1.
final as (

    select
        exchange_rates.currency,
        exchange_rates.reporting_currency,
        exchange_rates.valid_from,
        lead(exchange_rates.valid_from, 1, 'infinity'::date) over (
            partition by exchange_rates.currency
            order by exchange_rates.valid_from
        ) as valid_before,
        exchange_rates.rate
    from exchange_rates
    inner join reporting
        on exchange_rates.reporting_currency = reporting.currency

    union all

    select
        reporting.currency,
        reporting.currency as reporting_currency,
        '-infinity'::date as valid_from,
        'infinity'::date as valid_before,
        1 as rate
    from reporting
    where reporting.currency is not null

)

select * from final
