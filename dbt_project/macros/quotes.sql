{# The possible outcomes of a quote line, separated by spaces. #}
{% macro quote_outcomes() -%}
draft open won lost expired
{%- endmacro %}

{# Days from the quote to its decision: null if it was not won or lost, negative if decided before it was quoted. #}
{% macro days_to_decision() -%}
    case when outcome in ('won', 'lost') then closed_on - quoted_on end
{%- endmacro %}

{#
    Selects quotes from a CTE of int_quote_lines: one row per quote, currency and value of the columns `cell` of the
    lines. Outcome and dates are those of the lines of the row.
#}
{% macro quotes_of(lines, cell=[]) -%}
    select
        quote_id,
        reported_currency as currency,
        {% for column in cell %}
        {{ column }},
        {% endfor %}
        min(first_quoted_on) as quoted_on,
        case
            when bool_or(outcome = 'won') then 'won'
            when bool_or(outcome = 'open') then 'open'
            when bool_or(outcome = 'draft') then 'draft'
            when bool_or(outcome = 'lost') then 'lost'
            else 'expired'
        end as outcome,
        case
            when bool_or(outcome = 'won') then min(closed_on) filter (where outcome = 'won')
            when bool_or(outcome in ('open', 'draft')) then null
            when bool_or(outcome = 'lost') then max(closed_on) filter (where outcome = 'lost')
            else max(closed_on)
        end as closed_on,
        count(*) as quote_lines,
        {% for outcome in quote_outcomes().split() %}
        count(*) filter (where outcome = '{{ outcome }}') as {{ outcome }}_lines,
        {% endfor %}
        count(*) - count(reported_amount) as lines_without_amount,
        {% for outcome in quote_outcomes().split() %}
        coalesce(sum(reported_amount) filter (where outcome = '{{ outcome }}'), 0) as {{ outcome }}_amount,
        {% endfor %}
        coalesce(sum(reported_amount), 0) as quoted_amount
    from {{ lines }}
    group by quote_id, reported_currency{% for column in cell %}, {{ column }}{% endfor %}
{%- endmacro %}

{#
    Selects the totals of a CTE of `quotes_of`: one row per month of `day`, currency and value of the columns `cell`.
    `linked`: with the orders and sales of quote_documents.
#}
{% macro quote_totals(quotes, day, cell=[], linked=false) -%}
    select
        {{ month_of(day) }} as month,
        currency,
        {% for column in cell %}
        {{ column }},
        {% endfor %}
        count(*) as quotes,
        {% for outcome in quote_outcomes().split() %}
        count(*) filter (where outcome = '{{ outcome }}') as {{ outcome }}_quotes,
        {% endfor %}
        sum(quote_lines)::bigint as quote_lines,
        {% for outcome in quote_outcomes().split() %}
        sum({{ outcome }}_lines)::bigint as {{ outcome }}_lines,
        {% endfor %}
        sum(lines_without_amount)::bigint as lines_without_amount,
        sum(quoted_amount) as quoted_amount,
        {% for outcome in quote_outcomes().split() %}
        sum({{ outcome }}_amount) as {{ outcome }}_amount,
        {% endfor %}
        {% if linked %}
        count(*) filter (where is_ordered) as ordered_quotes,
        sum(ordered_amount) as ordered_amount,
        count(*) filter (where sales_lines > 0) as sold_quotes,
        sum(sold_amount) as sold_amount,
        {% endif %}
        count(*) filter (where {{ days_to_decision() }} >= 0) as timed_quotes,
        count(*) filter (where {{ days_to_decision() }} < 0) as quotes_decided_before_quoted,
        round(
            (
                percentile_cont(0.5) within group (order by {{ days_to_decision() }})
                filter (where {{ days_to_decision() }} >= 0)
            )::numeric,
            1
        ) as median_days_to_decision
    from {{ quotes }}
    group by month, currency{% for column in cell %}, {{ column }}{% endfor %}
{%- endmacro %}

{#
    The CTEs of a report on quotes by month, from a CTE `lines` of int_quote_lines. `months`: one row per month of
    `day`, currency and value of the columns `by`, with the totals of `quote_totals`.
#}
{% macro quote_months(lines, day, by) -%}
quotes as (

    {{ quotes_of(lines, by) }}

),

months as (

    {{ quote_totals('quotes', day, by) }}

)
{%- endmacro %}

{#
    The same by brand family, from CTEs `lines`, `families` and `family_levels`. `family_months`: one row per month of `day`,
    currency, level and brand family of that level, with the totals of `quote_totals` and the family's name, path and
    level.
#}
{% macro quote_months_by_family(day) -%}
family_lines as (

    select
        lines.quote_id,
        lines.first_quoted_on,
        lines.outcome,
        lines.closed_on,
        lines.reported_amount,
        lines.reported_currency,
        family_levels.level,
        family_levels.ancestor_family_key as family_key
    from lines
    inner join family_levels
        on lines.family_key = family_levels.family_key

),

{{ quote_months('family_lines', day, ['level', 'family_key']) }},

family_months as (

    select
        months.*,
        families.name as family_name,
        families.path as family_path,
        families.level as family_level
    from months
    inner join families
        on months.family_key = families.family_key

)
{%- endmacro %}

{# The columns of a CTE of `quote_totals` except its keys, and the win rates calculated from them. #}
{% macro quote_measures() -%}
    quotes,
    {% for outcome in quote_outcomes().split() %}
    {{ outcome }}_quotes,
    {% endfor %}
    {{ ratio('won_quotes', '(won_quotes + lost_quotes + expired_quotes)') }} as win_rate,
    quote_lines,
    {% for outcome in quote_outcomes().split() %}
    {{ outcome }}_lines,
    {% endfor %}
    {{ ratio('won_lines', '(won_lines + lost_lines + expired_lines)') }} as win_rate_by_line,
    lines_without_amount,
    quoted_amount,
    {% for outcome in quote_outcomes().split() %}
    {{ outcome }}_amount,
    {% endfor %}
    {{ ratio('won_amount', '(won_amount + lost_amount + expired_amount)') }} as win_rate_by_amount,
    timed_quotes,
    median_days_to_decision,
    quotes_decided_before_quoted
{%- endmacro %}

{# The share of sent quotes that was won; it grows while quotes are open, so only months of quoting have it. #}
{% macro conversion_rates() -%}
    {{ ratio('won_quotes', '(quotes - draft_quotes)') }} as conversion_rate,
    {{ ratio('won_lines', '(quote_lines - draft_lines)') }} as conversion_rate_by_line,
    {{ ratio('won_amount', '(quoted_amount - draft_amount)') }} as conversion_rate_by_amount
{%- endmacro %}

{# Selects totals of a CTE of order or sales lines by the first quote line to which each of them is linked. #}
{% macro linked_to_quotes(lines) -%}
    select
        coalesce(same_product.quote_id, same_currency.quote_id, same_order.quote_id) as quote_id,
        coalesce(same_product.line_no, same_currency.line_no, same_order.line_no) as line_no,
        count(same_currency.quote_id) as lines,
        count(*) - count(same_currency.quote_id) as other_currency_lines,
        coalesce(sum(lines.amount) filter (where same_currency.quote_id is not null), 0) as amount,
        min(lines.day) as first_day
    from {{ lines }} as lines
    inner join quoted as same_order
        on
            lines.order_id = same_order.order_id
            and same_order.place_in_order = 1
    left join quoted as same_currency
        on
            lines.order_id = same_currency.order_id
            and lines.currency = same_currency.currency
            and same_currency.place_in_currency = 1
    left join quoted as same_product
        on
            lines.order_id = same_product.order_id
            and lines.currency = same_product.currency
            and lines.product_key = same_product.product_key
            and same_product.place_in_product = 1
    group by 1, 2
{%- endmacro %}
