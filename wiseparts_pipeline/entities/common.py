"""Columns that several entities share, with the same meaning."""

from wiseparts_pipeline.entities.schema import Column, Personal, Reference, Type, column, text, warn

ADDRESS = (
    text("street", "Street and number.", example="Ermou 12", personal=Personal.DETAIL),
    text("city", "City or town.", example="Athina", personal=Personal.DETAIL),
    text("region", "Region, state or prefecture.", example="Attiki"),
    text("postal_code", "Postal code, leading zeros kept.", example="10563", personal=Personal.DETAIL),
    text("country_code", "Country, ISO 3166-1 alpha-2.", pattern="[A-Z]{2}", example="GR"),
)


def currency(*, required: bool = False) -> Column:
    """The currency of a record's money columns."""
    return text("currency", "Currency of the amounts, usually an ISO 4217 code.", required=required, example="EUR")


def customer_id(reference: Reference, *, required: bool = False) -> Column:
    """The customer that a record belongs to."""
    return text("customer_id", "Key of the customer.", required=required, reference=reference, example="C00123")


def sales_rep_id(description: str = "Key of the sales representative.") -> Column:
    """The sales representative of a record."""
    return text("sales_rep_id", description, reference=warn("sales_reps", "sales_rep_id", optional=True), example="R07")


def line_no() -> Column:
    """The second part of the key of a document line."""
    return column("line_no", Type.INT, "Number of the line within the document.", required=True, example="1")
