{# The columns of a due document, the same in raw.due_docs and in its history. #}
{% macro due_docs_columns() -%}
    doc_id,
        doc_type,
        customer_id,
        branch_id,
        issued_on,
        due_on,
        amount,
        open_amount,
        currency,
        settled_on,
        is_disputed
{%- endmacro %}

{#
    The buckets of an ageing: each open document is in one of them. By name: the maximum number of days after due_on of
    an undisputed invoice; null if the bucket does not depend on days.
#}
{% macro aging_buckets() -%}
    {{ return({
        'not_due': 0,
        'overdue_1_30': 30,
        'overdue_31_60': 60,
        'overdue_61_90': 90,
        'overdue_over_90': none,
        'disputed': none,
        'unapplied_credit': none,
    }) }}
{%- endmacro %}

{# The ageing bucket of a document on a day; null if nothing is open. #}
{% macro aging_bucket(open_amount, due_on, is_disputed, day) -%}
    case
        when {{ open_amount }} < 0 then 'unapplied_credit'
        when {{ open_amount }} > 0 and {{ is_disputed }} then 'disputed'
        {% for bucket, days in aging_buckets().items() if days is not none %}
        when {{ open_amount }} > 0 and {{ day }} - {{ due_on }} <= {{ days }} then '{{ bucket }}'
        {% endfor %}
        when {{ open_amount }} > 0 then 'overdue_over_90'
    end
{%- endmacro %}

{# An amount of a document with the sign of its effect on the customer's account, whichever sign was received. #}
{% macro signed_amount(amount, doc_type) -%}
    case when {{ doc_type }} in ('credit_note', 'payment') then -abs({{ amount }}) else {{ amount }} end
{%- endmacro %}

{# The figures of an ageing, as int_receivables_aging has them and both reports show them. #}
{% macro aging_figures() -%}
    open_documents,
        not_due_amount,
        overdue_1_30_amount,
        overdue_31_60_amount,
        overdue_61_90_amount,
        overdue_over_90_amount,
        disputed_amount,
        unapplied_credit_amount,
        open_amount,
        overdue_documents,
        overdue_amount,
        disputed_overdue_amount,
        oldest_due_on,
        credit_sales_amount,
        dso_days,
        days_sales_outstanding,
        settled_documents,
        settled_amount,
        average_days_late,
        average_days_overdue,
        weighted_average_days_late,
        credit_limit,
        credit_limit_used
{%- endmacro %}
