{#
    Returns the groups whose totals differ between the model and `to`.
    `by`, `totals`: {expression here: expression there}.
#}
{% test ties_out(model, to, by, totals) %}

{{ differing_totals(model, to, by, totals, 'true', 'true') }}

{% endtest %}
