"""Customers: who buys."""

from wiseparts_pipeline.entities.common import ADDRESS, currency
from wiseparts_pipeline.entities.schema import Entity, Type, column, text

CUSTOMERS = Entity(
    name="customers",
    description="One row a customer: who buys, is invoiced and owes.",
    key=("customer_id",),
    master=True,
    matched_by="name",
    group="master_data",
    columns=(
        text("customer_id", "The customer's key in the ERP.", on_create=True, example="C00123"),
        text("name", "Name that the customer is known by.", on_create=True, example="Garage Papadopoulos"),
        text("legal_name", "Registered name of the company.", example="Papadopoulos Bros. S.A."),
        text("tax_id", "Tax or VAT number, as text.", example="094014201"),
        text("customer_group", "Group that the customer is reported and priced under.", example="Workshops"),
        text(
            "status",
            "Whether the customer may buy.",
            default="active",
            allowed=("active", "blocked", "closed"),
            example="active",
        ),
        text("sales_rep_id", "Key of the sales representative who looks after the customer.", example="R07"),
        text("price_list_id", "Key of the customer's price list.", example="PL-B"),
        currency(),
        column("payment_terms_days", Type.INT, "Days from invoice to due date.", example="30"),
        column(
            "credit_limit",
            Type.MONEY,
            "Most that the customer may owe, in the customer's currency.",
            example="15000.00",
        ),
        text("email", "E-mail address.", example="orders@papadopoulos.example"),
        text("phone", "Telephone number, as written.", example="+30 210 1234567"),
        text("mobile", "Mobile number, as written.", example="+30 690 1234567"),
        *ADDRESS,
        text("language", "Language that the customer is written to in, usually an ISO 639-1 code.", example="el"),
        column("created_on", Type.DATE, "Day on which the ERP opened the customer.", example="2019-03-14"),
    ),
)
