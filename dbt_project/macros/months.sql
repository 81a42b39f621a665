{#
    Month-wise models. A month of such a model is stale when the digest of its inputs, from int_month_inputs and the
    variables, differs from the one in ops.mart_months with which its rows were built.

    A month-wise model has a column `month` and is configured with `by_month()`.
#}
{% macro by_month(indexes, pre_hook=none) -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='months',
        on_schema_change='append_new_columns',
        indexes=indexes,
        pre_hook=pre_hook or [],
        post_hook='{{ record_months() }}',
    ) }}
{%- endmacro %}

{#
    Selects the months that the model being built should have, each with the digest of its inputs. The run's variables
    are added here, because a view would keep those of the run that created it.
#}
{% macro month_inputs() -%}
    select
        month,
        md5(
            concat_ws(
                '|',
                inputs,
                case
                    when reach > 0 then concat_ws(
                        '/',
                        {{ var('fiscal_year_start_month') }},
                        {{ var('abc_class_a_share') }},
                        {{ var('abc_class_b_share') }},
                        {{ is_closed('month') }},
                        -- Before the first month there is nothing to compare with.
                        min(month) over ()
                    )
                end
            )
        ) as inputs
    from {{ ref('int_month_inputs') }}
    where model = '{{ this.name }}' and (is_read or month <= {{ as_of() }})
{%- endmacro %}

{# The first days of the stale months of the model being built. #}
{% macro stale_months() -%}
    {%- set query -%}
        select coalesce(expected.month, built.month) as month
        from ({{ month_inputs() }}) as expected
        full join (select * from {{ source('ops', 'mart_months') }} where model = '{{ this.name }}') as built
            on expected.month = built.month
        where expected.inputs is distinct from built.inputs
        order by 1
    {%- endset -%}
    {{ return(run_query(query).columns[0].values() | list if execute else []) }}
{%- endmacro %}

{#
    The condition that a day is in one of the months, as spans of days for which an index can be used. `months_before`:
    or in one of that many months before one of them.
#}
{% macro in_months(day, months, months_before=0) -%}
    {%- set spans = [] -%}
    {%- for month in months -%}
        {%- set number = month.year * 12 + month.month -%}
        {%- if spans and number - months_before <= spans[-1].number + 1 -%}
            {%- do spans[-1].update(number=number, last=month) -%}
        {%- else -%}
            {%- do spans.append({'number': number, 'first': month, 'last': month}) -%}
        {%- endif -%}
    {%- endfor -%}
    ({% for span in spans -%}
        {{ day }} >= date '{{ span.first }}' - interval '{{ months_before }} months'
        and {{ day }} < date '{{ span.last }}' + interval '1 month'{{ ' or ' if not loop.last }}
    {%- else -%}
        false
    {%- endfor %})
{%- endmacro %}

{# The incremental strategy: the rows of stale months are replaced with those that the model selects. #}
{% macro get_incremental_months_sql(arguments) -%}
    {%- set months = stale_months() -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- if months %}
    delete from {{ arguments['target_relation'] }}
    where month in ({% for month in months %}'{{ month }}'{{ ', ' if not loop.last }}{% endfor %});
    {%- endif %}
    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{%- endmacro %}

{# Records the digest of the inputs with which each month was built. #}
{% macro record_months() -%}
    insert into {{ source('ops', 'mart_months') }} as built (model, month, inputs)
    select '{{ this.name }}', month, inputs from ({{ month_inputs() }}) as expected
    on conflict (model, month) do update
    set version = gen_random_uuid(), inputs = excluded.inputs
    where built.inputs is distinct from excluded.inputs;

    delete from {{ source('ops', 'mart_months') }} as built
    where
        model = '{{ this.name }}'
        and not exists (select from ({{ month_inputs() }}) as expected where expected.month = built.month)
{%- endmacro %}

{#
    In a test, the condition that a day is in a month that it has to look at: any, or with the variable `tested_months`
    those that have changed in one of the models before it since it last passed. `months_before`: or in one of that
    many months before one of them.
#}
{% macro in_tested_months(day, months_before=0) -%}
    {{ 'true' if var('tested_months') == 'all' else in_months(day, untested_months(), months_before) }}
{%- endmacro %}

{#
    The first days of the months that have changed since the test last passed. The tables are named as they are: they
    would be sources of the test with one value of the variable only.
#}
{% macro untested_months() -%}
    {%- set query -%}
        select distinct built.month
        from ops.mart_months as built
        where
            built.model in ('{{ model.depends_on.nodes | map('replace', 'model.wiseparts.', '') | join("', '") }}')
            and not exists (
                select
                from ops.tested_months as tested
                where
                    tested.test = '{{ model.unique_id }}'
                    and (tested.model, tested.month, tested.version) = (built.model, built.month, built.version)
            )
        order by 1
    {%- endset -%}
    {{ return(run_query(query).columns[0].values() | list if execute else []) }}
{%- endmacro %}
