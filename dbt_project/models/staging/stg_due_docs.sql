with source as (

    select * from {{ source('raw', 'due_docs') }}

),

final as (

    select
        {{ due_docs_columns() }},
        {{ lineage() }}
    from source

)

select * from final
