"""What is stored of what suppliers offer of a product of ours."""

from typing import Any

from psycopg.rows import dict_row
from pydantic import TypeAdapter, ValidationError

from wiseparts_pipeline.live.errors import NotMatched, Unknown
from wiseparts_pipeline.live.offers import Matched, Row, Step
from wiseparts_pipeline.live.stored import queries
from wiseparts_pipeline.warehouse import Connection

_STEPS = TypeAdapter(tuple[Step, ...])


def matched(connection: Connection, sku: str) -> Matched:
    """What is confirmed to be the product, and its offers. Raises Unknown, NotMatched.

    Of theirs, several may be the same as ours: the offers of all of them are told together.
    """
    product = connection.execute(queries.PRODUCT_OF_OURS, {"key": sku}).fetchone()
    if product is None:
        raise Unknown("product", sku)
    product_id, currency = product
    matches = connection.execute(queries.MATCHES, {"product_id": product_id}).fetchall()
    puids = [theirs for theirs, status in matches if status == "confirmed"]
    if not puids:
        raise NotMatched(sku, len(matches))
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = [_row(each) for each in cursor.execute(queries.OFFERS, {"puids": puids})]
    return Matched(currency, puids, {each.supplier_item_id: each for each in rows})


def _row(stored: dict[str, Any]) -> Row:
    """Steps that were imported may be any JSON; those that cannot be used are none."""
    try:
        steps = _STEPS.validate_python(stored["scale_prices"] or ())
    except ValidationError:
        steps = ()
    return Row.model_validate(stored | {"scale_prices": steps})
