with source as (

    select * from {{ source('raw', 'due_docs_history') }}

),

final as (

    select
        _version_id as version_id,
        {{ due_docs_columns() }},
        {{ lineage() }}
    from source

)

select * from final
