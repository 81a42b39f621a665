{#
    Returns the groups whose number of rows or sums differ between the model and the entity's raw table. `by`, `sums`:
    columns that both have; `sums` may also be {column here: column there}. `where`, `raw_where`: the rows of each that
    count. `day`: a column that both have, for a large table, of which only the months of in_tested_months count.
    Raw tables change while imports run: if the entity was imported since this run started, the next build checks it.
#}
{% test ties_out_to_raw(model, entity, by=[], sums=[], where='true', raw_where='_deleted_at is null', day=none) %}

{% if day %}
{% set where = where ~ ' and ' ~ in_tested_months(day) %}
{% set raw_where = raw_where ~ ' and ' ~ in_tested_months(day) %}
{% endif %}
{% set groups = dict(zip(by, by)) %}
{% set totals = {'count(*)': 'count(*)'} %}
{% for column, raw_column in (sums if sums is mapping else dict(zip(sums, sums))).items() %}
{% do totals.update({'sum(' ~ column ~ ')': 'sum(' ~ raw_column ~ ')'}) %}
{% endfor %}

select *
from (
    {{ differing_totals(model, source('raw', entity), groups, totals, where, raw_where) }}
) as differing
where not exists (
    select 1
    from {{ source('ops', 'import_files') }}
    where entity = '{{ entity }}' and finished_at >= '{{ run_started_at }}'
)

{% endtest %}
