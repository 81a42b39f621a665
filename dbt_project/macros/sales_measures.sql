{# The measures that add up, from lines of sales: those of a document or of a brand family. #}
{% macro line_measures() -%}
    count(*) as sales_lines,
        sum(quantity) as quantity,
        sum(net_amount) as net_amount,
        count(*) filter (where cost_amount is null) as lines_without_cost,
        coalesce(sum(net_amount) filter (where cost_amount is not null), 0) as costed_net_amount,
        coalesce(sum(cost_amount), 0) as cost_amount
{%- endmacro %}

{# The measures of sales reports, from documents: invoices and credit notes. #}
{% macro sales_measures() -%}
    sum(sales_lines)::bigint as sales_lines,
        count(distinct invoice_id) filter (where document_type = 'invoice') as invoices,
        count(distinct invoice_id) filter (where document_type = 'credit_note') as credit_notes,
        sum(quantity) as quantity,
        sum(net_amount) as net_amount,
        coalesce(sum(net_amount) filter (where document_type = 'invoice'), 0) as invoiced_amount,
        coalesce(sum(net_amount) filter (where document_type = 'credit_note'), 0) as credited_amount,
        sum(lines_without_cost)::bigint as lines_without_cost,
        sum(costed_net_amount) as costed_net_amount,
        sum(cost_amount) as cost_amount
{%- endmacro %}

{# The same measures from monthly totals, with amounts in the reporting currency; after `join_rates`. #}
{% macro reported_sales_measures(totals) -%}
    {{ reported_currency(totals ~ '.currency') }} as currency,
        {% for count in ['sales_lines', 'invoices', 'credit_notes', 'quantity', 'lines_without_cost'] %}
        {{ totals }}.{{ count }},
        {% endfor %}
        {% for amount in ['net_amount', 'invoiced_amount', 'credited_amount', 'costed_net_amount', 'cost_amount'] %}
        {{ reported(totals ~ '.' ~ amount) }} as {{ amount }},
        {% endfor %}
        {{ reported(totals ~ '.costed_net_amount - ' ~ totals ~ '.cost_amount') }} as margin_amount
{%- endmacro %}
