{{ config(materialized='table', indexes=[{'columns': ['doc_id']}]) }}

with states as (

    select * from {{ ref('int_due_docs_states') }}

),

documents as (

    select
        doc_id,
        issued_on
    from states
    where is_latest

),

-- The days on which a state changes the open amount. The first state is assumed valid since the document was issued.
turns as (

    select
        states.doc_id,
        states.state_number,
        turn.turn_number,
        greatest(turn.turned_on, documents.issued_on) as valid_from,
        states.due_on,
        turn.open_amount,
        states.is_disputed
    from states
    inner join documents
        on states.doc_id = documents.doc_id
    cross join
        lateral (
            values
            (
                1,
                case
                    when states.state_number = 1 then documents.issued_on
                    when not states.is_deleted then states.known_on
                end,
                case
                    when states.state_number = 1 and states.settled_on is not null
                        then {{ signed_amount('states.amount', 'states.doc_type') }}
                    else states.open_amount
                end
            ),
            (2, states.settled_on, 0),
            (3, case when states.is_deleted then states.known_on end, 0)
        ) as turn (turn_number, turned_on, open_amount)
    where turn.turned_on is not null

),

-- Later information wins: a backdated change ends everything that would begin on or after its day.
ended as (

    select
        *,
        coalesce(
            min(valid_from) over (
                partition by doc_id
                order by state_number, turn_number
                rows between 1 following and unbounded following
            ),
            'infinity'::date
        ) as valid_before
    from turns

),

final as (

    select
        doc_id,
        valid_from,
        valid_before,
        due_on,
        open_amount::numeric(20, 6) as open_amount,
        is_disputed
    from ended
    where valid_from < valid_before

)

select * from final
