{{ config(materialized='table', indexes=[{'columns': ['doc_id']}]) }}

with due_docs as (

    select * from {{ ref('stg_due_docs') }}

),

history as (

    select * from {{ ref('stg_due_docs_history') }}

),

import_log as (

    select * from {{ ref('import_log') }}

),

-- Without the versions of a record that was removed manually and has been loaded again since.
earlier as (

    select history.*
    from history
    inner join due_docs
        on
            history.doc_id = due_docs.doc_id
            and history.created_at is not distinct from due_docs.created_at

),

states as (

    {% for relation, version_id in [('earlier', 'version_id'), ('due_docs', 'null')] %}
    select
        {{ version_id }} as version_id,
        {{ due_docs_columns() }},
        is_deleted,
        coalesce(deleted_at, updated_at) as loaded_at,
        source_name,
        file_id,
        row_number,
        updated_at
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        states.doc_id,
        row_number() over (partition by states.doc_id order by states.version_id) as state_number,
        states.version_id is null as is_latest,
        coalesce(import_log.file_date, {{ business_day('states.loaded_at') }}) as known_on,
        states.doc_type,
        states.customer_id,
        states.branch_id,
        states.issued_on,
        states.due_on,
        states.amount,
        states.open_amount,
        states.currency,
        states.settled_on,
        states.is_disputed,
        states.is_deleted,
        states.source_name,
        states.file_id,
        states.row_number,
        states.updated_at
    from states
    left join import_log
        on states.file_id = import_log.file_id

)

select * from final
