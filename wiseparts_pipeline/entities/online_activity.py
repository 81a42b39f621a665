"""Online activity: what visitors did in the web shop."""

from wiseparts_pipeline.entities.common import customer_id
from wiseparts_pipeline.entities.schema import Entity, Person, Personal, Type, column, text, warn

ONLINE_ACTIVITY = Entity(
    name="online_activity",
    description="One row per event in the web shop.",
    key=("event_id",),
    group="web",
    person=Person("customers", "customer_id"),
    columns=(
        text("event_id", "Key of the event in the web shop.", required=True, example="e-7f3a9c"),
        column("occurred_at", Type.TIMESTAMP, "When the event happened.", required=True, example="2025-01-14 09:30:11"),
        text(
            "kind",
            "What the visitor did.",
            required=True,
            allowed=("visit", "search", "view", "cart", "checkout", "purchase", "login"),
            example="search",
        ),
        customer_id(warn("customers", "customer_id")),
        text(
            "email", "E-mail address of the visitor.", example="orders@papadopoulos.example", personal=Personal.IDENTITY
        ),
        text("product_id", "Key of the product that was looked at.", example="100234"),
        text("search_term", "What was searched for.", example="brake pads"),
        text("order_id", "Number of the order that was placed.", example="WEB-10042"),
        text("session_id", "Key of the visit that the event belongs to.", example="s-19d0"),
    ),
)
