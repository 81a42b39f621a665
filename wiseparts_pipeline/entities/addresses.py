"""Addresses: where a customer is invoiced, and where goods are delivered."""

from wiseparts_pipeline.entities.common import ADDRESS, customer_id
from wiseparts_pipeline.entities.schema import Entity, Person, Personal, Type, column, text, wait

ADDRESSES = Entity(
    name="addresses",
    description="One row per address of a customer, for invoices or for deliveries.",
    key=("address_id",),
    master=True,
    group="master_data",
    person=Person("customers", "customer_id"),
    columns=(
        text("address_id", "Key of the address in the ERP.", on_create=True, example="A00789"),
        customer_id(wait("customers", "customer_id"), required=True),
        text("kind", "What the address is for.", required=True, allowed=("billing", "shipping"), example="shipping"),
        text("name", "Name on the address label.", example="Garage Papadopoulos, Piraeus", personal=Personal.DETAIL),
        *ADDRESS,
        column("is_default", Type.BOOL, "Whether this is the customer's default address of its kind.", example="true"),
    ),
)
