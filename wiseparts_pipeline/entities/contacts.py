"""Contacts: the people at a customer."""

from wiseparts_pipeline.entities.common import customer_id
from wiseparts_pipeline.entities.schema import Entity, Person, Personal, Type, column, text, wait

CONTACTS = Entity(
    name="contacts",
    description="One row per contact person at a customer.",
    key=("contact_id",),
    master=True,
    group="master_data",
    person=Person("customers", "customer_id"),
    columns=(
        text("contact_id", "Key of the contact in the ERP.", on_create=True, example="P00456"),
        customer_id(wait("customers", "customer_id"), required=True),
        text("first_name", "First name.", example="Maria", personal=Personal.DETAIL),
        text("last_name", "Last name.", example="Papadopoulou", personal=Personal.DETAIL),
        text("job_title", "Job title.", example="Purchasing manager", personal=Personal.DETAIL),
        text("email", "E-mail address.", example="maria@papadopoulos.example", personal=Personal.IDENTITY),
        text("phone", "Telephone number, as received.", example="+30 210 1234567", personal=Personal.IDENTITY),
        text("mobile", "Mobile number, as received.", example="+30 690 1234567", personal=Personal.IDENTITY),
        column("is_primary", Type.BOOL, "Whether this is the customer's main contact.", example="true"),
    ),
)
