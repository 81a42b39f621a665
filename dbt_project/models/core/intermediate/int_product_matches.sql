with matches as (

    select * from {{ source('ops', 'matches') }}

),

product_keys as (

    select * from {{ ref('int_product_keys') }}

),

final as (

    select
        matches.theirs as puid,
        product_keys.product_key
    from matches
    inner join product_keys
        on matches.ours = product_keys.product_id
    where matches.kind = 'product' and matches.status = 'confirmed'

)

select * from final
