{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['customer_key']}],
    pre_hook="{% if is_incremental() %}delete from {{ this }} where inputs <> ({{ top_families_inputs() }}){% endif %}",
) }}

with inputs as (

    {{ top_families_inputs() }}

),

standing as (

    {% if is_incremental() %}
    select count(*) as families from {{ this }}
    {% else %}
    select 0 as families
    {% endif %}

),

-- While the inputs are unchanged, nothing is read and the existing rows are kept.
sales as (

    select * from {{ ref('fct_sales') }}
    where
        {{ in_last_12_months('invoice_date') }}
        and (select standing.families from standing) = 0

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

family_months as (

    select
        customer_key,
        family_key,
        currency,
        {{ month_of('invoice_date') }} as month,
        sum(net_amount) as net_amount
    from sales
    group by customer_key, family_key, currency, month

),

reported_months as (

    select
        family_months.customer_key,
        family_months.family_key,
        {{ reported_currency('family_months.currency') }} as currency,
        {{ reported('family_months.net_amount') }} as net_amount
    from family_months
    {{ join_rates('family_months.currency', 'family_months.month') }}

),

totals as (

    select
        customer_key,
        currency,
        family_key,
        sum(net_amount) as net_amount
    from reported_months
    group by customer_key, currency, family_key
    having sum(net_amount) > 0

),

ranked as (

    select
        *,
        row_number() over (
            partition by customer_key, currency
            order by net_amount desc, family_key asc
        ) as position
    from totals

),

final as (

    select
        ranked.customer_key,
        ranked.currency,
        ranked.position,
        ranked.family_key,
        ranked.net_amount,
        inputs.inputs
    from ranked
    cross join inputs
    where ranked.position <= 3

)

select * from final
