{#
    The CTEs of a monthly sales report, from a CTE `cells` of monthly totals by the keys `within` and `member`.

    `ranked`: one row per combination of keys and month with sales in it or in the 24 months before, up to the month of
    the as-of date, with the sales of the month and of the periods with which it is compared, and the sales over its
    twelve months of the members that sold more. What is compared with is null where it ended before the first sales of
    `sold`, the relation that `cells` is made of. `months`: the only months with rows; none: all.
#}
{% macro ranked_sales(member, within, sold, months=none) -%}
{%- set keys = within + [member] -%}
{%- set grouping = ['month'] + within -%}
{%- set totals = [
    'sales_lines', 'invoices', 'credit_notes', 'quantity', 'net_amount', 'invoiced_amount', 'credited_amount',
    'lines_without_cost', 'costed_net_amount', 'cost_amount', 'margin_amount',
] -%}
months as (

    select distinct (sold.month + make_interval(months => steps.months))::date as month
    from (select distinct month from cells) as sold
    cross join generate_series(0, 24) as steps (months)
    where
        (
            steps.months = 0
            or sold.month + make_interval(months => steps.months) <= {{ as_of() }}
        )
        {% if months is not none %}
        and {{ in_months('sold.month + make_interval(months => steps.months)', months) }}
        {% endif %}

),

-- The latest month is the last of its twelve months once it has ended; until then it is the one before.
spans as (

    select
        month,
        {{ is_closed('month') }} as is_closed,
        (select min(sold.month) from {{ sold }} as sold) as first_month
    from months

),

followed as (

    select
        month,
        {% for key in keys %}
        {{ key }},
        {% endfor %}
        {% for total in totals %}
        sum({{ total }}) as {{ total }},
        {% endfor %}
        lead(month) over (partition by {{ keys | join(', ') }} order by month) as next_month
    from cells
    group by month, {{ keys | join(', ') }}

),

-- One row for each month with sales and for those that follow, with zeros, as long as they compare with it.
rows_by_month as (

    select
        (followed.month + make_interval(months => steps.months))::date as month,
        {% for key in keys %}
        followed.{{ key }},
        {% endfor %}
        {% for total in totals %}
        case when steps.months = 0 then followed.{{ total }} else 0 end as {{ total }}{{ ',' if not loop.last }}
        {% endfor %}
    from followed
    cross join lateral generate_series(
        0,
        least(24, {{ months_between('followed.month', 'followed.next_month') }} - 1)
    ) as steps (months)

),

-- Totals of all months up to one that is so many months earlier: the sales of any span are a difference of two.
running as (

    select
        *,
        {{ fiscal_year_start('month') }} as year_start,
        {% for total in ['net_amount', 'margin_amount'] %}
        {% for months_before in [0, 1, 12, 13, 24, 25] %}
        coalesce(
            sum({{ total }}) over (
                partition by {{ keys | join(', ') }}
                order by month
                range between unbounded preceding and interval '{{ months_before }} months' preceding
            ), 0
        ) as {{ total }}_{{ months_before }}_months_before{{ ',' if not loop.last }}
        {% endfor %}
        {{ ',' if not loop.last }}
        {% endfor %}
    from rows_by_month

),

running_of_year as (

    select
        *,
        {% for total in ['net_amount', 'margin_amount'] %}
        sum({{ total }}) over of_year as year_to_date_{{ total }},
        first_value({{ total }}_13_months_before) over of_year as {{ total }}_before_previous_year
        {{- ',' if not loop.last }}
        {% endfor %}
    from running
    window of_year as (partition by {{ keys | join(', ') }}, year_start order by month)

),

windows as (

    select
        spans.month,
        spans.is_closed,
        {% for key in keys %}
        running.{{ key }},
        {% endfor %}
        {% for total in totals %}
        running.{{ total }},
        {% endfor %}
        {% for total in ['net_amount', 'margin_amount'] %}
        case when spans.month - interval '12 months' >= spans.first_month
            then running.{{ total }}_12_months_before - running.{{ total }}_13_months_before
        end as previous_year_{{ total }},
        running.year_to_date_{{ total }},
        case when spans.month - interval '12 months' >= spans.first_month
            then running.{{ total }}_12_months_before - running.{{ total }}_before_previous_year
        end as previous_year_to_date_{{ total }},
        case when spans.is_closed
            then running.{{ total }}_0_months_before - running.{{ total }}_12_months_before
            else running.{{ total }}_1_months_before - running.{{ total }}_13_months_before
        end as last_12_months_{{ total }},
        case
            when spans.is_closed and spans.month - interval '12 months' >= spans.first_month
                then running.{{ total }}_12_months_before - running.{{ total }}_24_months_before
            when not spans.is_closed and spans.month - interval '13 months' >= spans.first_month
                then running.{{ total }}_13_months_before - running.{{ total }}_25_months_before
        end as previous_12_months_{{ total }}{{ ',' if not loop.last }}
        {% endfor %}
    from spans
    inner join running_of_year as running
        on spans.month = running.month

),

-- The sales of those that sold more in the twelve months, and of all: their ratio determines the class.
ranked as (

    select
        *,
        sum(greatest(last_12_months_net_amount, 0)) over (
            partition by {{ grouping | join(', ') }}
            order by last_12_months_net_amount desc, {{ member }}
            rows between unbounded preceding and 1 preceding
        ) as amount_of_better,
        sum(greatest(last_12_months_net_amount, 0)) over (partition by {{ grouping | join(', ') }}) as amount_of_all
    from windows

)
{%- endmacro %}

{# The columns of a sales report for each row of `ranked`. #}
{% macro sales_report_columns() -%}
    ranked.sales_lines::bigint as sales_lines,
        ranked.invoices::bigint as invoices,
        ranked.credit_notes::bigint as credit_notes,
        ranked.quantity,
        ranked.net_amount,
        ranked.invoiced_amount,
        ranked.credited_amount,
        ranked.lines_without_cost::bigint as lines_without_cost,
        ranked.net_amount - ranked.costed_net_amount as uncosted_net_amount,
        ranked.costed_net_amount,
        ranked.cost_amount,
        ranked.margin_amount,
        {{ ratio('ranked.margin_amount', 'ranked.costed_net_amount') }} as margin_rate,
        {% for span, before in [
            ('', 'previous_year_'),
            ('year_to_date_', 'previous_year_to_date_'),
            ('last_12_months_', 'previous_12_months_'),
        ] %}
        {% for total in ['net_amount', 'margin_amount'] %}
        {% if span %}
        ranked.{{ span }}{{ total }},
        {% endif %}
        ranked.{{ before }}{{ total }},
        {% endfor %}
        {{ growth('ranked.' ~ span ~ 'net_amount', 'ranked.' ~ before ~ 'net_amount') }} as {{ span }}growth_rate,
        {% endfor %}
        {{ ratio('ranked.last_12_months_net_amount', 'ranked.amount_of_all') }} as last_12_months_share,
        case
            when ranked.last_12_months_net_amount <= 0 then null
            when coalesce(ranked.amount_of_better, 0) < {{ var('abc_class_a_share') }} * ranked.amount_of_all then 'A'
            when coalesce(ranked.amount_of_better, 0) < {{ var('abc_class_b_share') }} * ranked.amount_of_all then 'B'
            else 'C'
        end as abc_class,
        ranked.is_closed
{%- endmacro %}
