{{ config(materialized='view') }}

with exports as (

    select * from {{ source('ops', 'exports') }}

),

final as (

    select
        export_id,
        exporter,
        entity,
        record_uuid,
        record_key,
        version,
        status,
        code,
        attempts,
        noted_at,
        next_attempt_at,
        delivered_at,
        round(extract(epoch from delivered_at - noted_at), 3) as seconds_to_delivery,
        collected_at,
        round(extract(epoch from collected_at - delivered_at), 3) as seconds_to_collection,
        path,
        external_id,
        jsonb_array_length(files) as files,
        file_id
    from exports

)

select * from final
