"""What the service answers, over HTTP."""

import pytest

from tests.api.running import Running


@pytest.mark.parametrize(
    "path",
    [
        "/v1/customers/C1",
        "/v1/customers/C1/financials",
        "/v1/customers/C1/invoices",
        "/v1/invoices/I-C1",
        "/v1/customers/C1/orders",
        "/v1/orders/O-C1",
        "/v1/products/P1",
        "/v1/routes",
        "/v1/order-types",
    ],
)
def test_every_answer_says_where_it_is_from(service: Running, path: str) -> None:
    answer = service.get(f"{path}?fresh=true")
    assert answer.status_code == 200
    assert answer.json().keys() == {"data", "source", "as_of", "age_seconds", "connection"}
    assert (answer.json()["source"], answer.json()["connection"]) == ("live", "erp")
    assert answer.json()["as_of"].endswith("+00:00")
