"""What Odoo tells a person who enters an order: messages about customers and products, which may block it."""

from collections.abc import Iterator

from wiseparts_pipeline.connections.base import Record

OF_PARTNER = ("sale_warn?", "sale_warn_msg?")
OF_PRODUCT = ("sale_line_warn?", "sale_line_warn_msg?")
# Of the credit limit, since version 16; of customers and products, since version 19.
_OF_ORDER = ("partner_credit_warning?", "sale_warning_text?")
FIELDS = (
    *_OF_ORDER,
    *(f"partner_id.{each}" for each in ("display_name", *OF_PARTNER)),
    *(f"partner_id.parent_id.{each}" for each in ("display_name", *OF_PARTNER)),
    *(f"order_line.product_id.{each}" for each in ("display_name", *OF_PRODUCT)),
)
_BLOCKS, _WARNS = "block", ("warning", "block")


def warned(order: Record) -> str | None:
    """All that a person would be told of the order, if anything."""
    texts = [*_messages(order, _WARNS), *(text for name in _OF_ORDER if (text := order.get(name.removesuffix("?"))))]
    return " ".join(" ".join(texts).split()) or None


def blocking(order: Record) -> str | None:
    """What keeps a person from entering the order at all, if anything."""
    return " ".join(" ".join(_messages(order, (_BLOCKS,))).split()) or None


def _messages(order: Record, kinds: tuple[str, ...]) -> Iterator[str]:
    partner = order.get("partner_id") or {}
    told = [(each, "sale_warn") for each in (partner, partner.get("parent_id") or {})]
    told += [(line["product_id"], "sale_line_warn") for line in order.get("order_line", ())]
    seen: set[str] = set()
    for about, field in told:
        told_of = f"{field} {about.get('id')}"
        if about.get(field) in kinds and told_of not in seen:
            seen.add(told_of)
            yield f"{about.get('display_name') or about.get('name')}: {about[f'{field}_msg'] or about[field]}"
