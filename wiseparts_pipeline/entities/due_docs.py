"""Due documents: what customers owe."""

from wiseparts_pipeline.entities.common import currency, customer_id
from wiseparts_pipeline.entities.schema import Entity, Person, Signs, Type, column, text, warn

DUE_DOCS = Entity(
    name="due_docs",
    description="One row per document of accounts receivable; credit notes and payments carry a negative open amount.",
    key=("doc_id",),
    snapshot=True,
    keeps_history=True,
    group="receivables",
    person=Person("customers", "customer_id"),
    signs=Signs("doc_type", ("credit_note", "payment"), ("amount", "open_amount")),
    columns=(
        text("doc_id", "Number of the document.", required=True, example="INV-2025-00042"),
        text(
            "doc_type",
            "Kind of document.",
            required=True,
            allowed=("invoice", "credit_note", "payment", "other"),
            example="invoice",
        ),
        customer_id(warn("customers", "customer_id"), required=True),
        text(
            "branch_id",
            "Key of the customer's branch.",
            reference=warn("customer_branches", "branch_id"),
            example="C00123-01",
        ),
        column("issued_on", Type.DATE, "Date of the document.", required=True, example="2025-01-15"),
        column(
            "due_on",
            Type.DATE,
            "Date on which payment is due.",
            required=True,
            example="2025-02-14",
            looks_ahead=True,
        ),
        column("amount", Type.MONEY, "Amount of the document, with tax.", required=True, example="109.14"),
        column(
            "open_amount", Type.MONEY, "Part of the amount that is not yet settled.", required=True, example="109.14"
        ),
        currency(required=True),
        column("settled_on", Type.DATE, "Day on which it was settled in full; null while open.", example="2025-02-12"),
        column("is_disputed", Type.BOOL, "Whether the customer disputes the document.", example="false"),
    ),
)
