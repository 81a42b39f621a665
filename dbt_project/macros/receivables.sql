{#
    The cells of an ageing: each open document lands in one of them. By name: the most days after due_on of an invoice
    that is not disputed; null where the cell is told otherwise.
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

{# The cell of the ageing that a document is in on a day; null where nothing of it is open. #}
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

{# An amount of a document with the sign of what it does to a customer's account, whichever sign the sender gave it. #}
{% macro signed_amount(amount, doc_type) -%}
    case when {{ doc_type }} in ('credit_note', 'payment') then -abs({{ amount }}) else {{ amount }} end
{%- endmacro %}
