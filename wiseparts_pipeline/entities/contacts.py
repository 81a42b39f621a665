"""Contacts: the people at a customer."""

from wiseparts_pipeline.entities.common import customer_id
from wiseparts_pipeline.entities.schema import Entity, Type, column, text, wait

CONTACTS = Entity(
    name="contacts",
    description="One row per contact person at a customer.",
    key=("contact_id",),
    master=True,
    group="master_data",
    columns=(
        text("contact_id", "Key of the contact in the ERP.", on_create=True, example="P00456"),
        customer_id(wait("customers", "customer_id"), required=True),
        text("first_name", "First name.", example="Maria"),
        text("last_name", "Last name.", example="Papadopoulou"),
        text("job_title", "Job title.", example="Purchasing manager"),
        text("email", "E-mail address.", example="maria@papadopoulos.example"),
        text("phone", "Telephone number, as received.", example="+30 210 1234567"),
        text("mobile", "Mobile number, as received.", example="+30 690 1234567"),
        column("is_primary", Type.BOOL, "Whether this is the customer's main contact.", example="true"),
    ),
)
