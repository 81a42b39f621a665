"""Customers: who buys."""

from wiseparts_pipeline.entities.common import ADDRESS, currency, sales_rep_id
from wiseparts_pipeline.entities.schema import Entity, Person, Personal, Type, column, text

CUSTOMERS = Entity(
    name="customers",
    description="One row per customer: who buys, is invoiced and owes money.",
    key=("customer_id",),
    master=True,
    matched_by="name",
    group="master_data",
    person=Person("customers", "customer_id"),
    columns=(
        text("customer_id", "Key of the customer in the ERP.", on_create=True, example="C00123"),
        text(
            "name",
            "Name that the customer is known by.",
            on_create=True,
            example="Garage Papadopoulos",
            personal=Personal.IDENTITY,
        ),
        text(
            "legal_name",
            "Registered name of the company.",
            example="Papadopoulos Bros. S.A.",
            personal=Personal.IDENTITY,
        ),
        text("tax_id", "Tax or VAT number, as text.", example="094014201", personal=Personal.IDENTITY),
        text("customer_group", "Customer group, for reports and prices.", example="Workshops"),
        text(
            "status",
            "Whether the customer may buy.",
            default="active",
            allowed=("active", "blocked", "closed"),
            example="active",
        ),
        sales_rep_id("Key of the sales representative who looks after the customer."),
        text("price_list_id", "Key of the customer's price list.", example="PL-B"),
        currency(),
        column("payment_terms_days", Type.INT, "Days from the invoice date to the due date.", example="30"),
        column(
            "credit_limit",
            Type.MONEY,
            "Maximum that the customer may owe, in the customer's currency.",
            example="15000.00",
        ),
        text("email", "E-mail address.", example="orders@papadopoulos.example", personal=Personal.IDENTITY),
        text("phone", "Telephone number, as received.", example="+30 210 1234567", personal=Personal.IDENTITY),
        text("mobile", "Mobile number, as received.", example="+30 690 1234567", personal=Personal.IDENTITY),
        *ADDRESS,
        text("language", "Language of correspondence, usually an ISO 639-1 code.", example="el"),
        column("created_on", Type.DATE, "Day on which the customer was created in the ERP.", example="2019-03-14"),
    ),
)
