"""The rows of XML documents."""

import pytest

from wiseparts_pipeline.profiling.layout.structure import find_row_element


def test_a_line_of_the_document_comes_before_what_repeats_more_often() -> None:
    parties = "<party><id>1</id></party>" * 3
    document = f"<order><head>{parties}</head><items><order_item><sku>A</sku></order_item></items></order>"

    assert find_row_element(document.encode()) == "order/items/order_item"


def test_an_element_with_children_comes_before_one_with_attributes_only() -> None:
    article = '<article><name>Pad</name><id type="ean">1</id><id type="mpn">2</id></article>'

    assert find_row_element(f"<list>{article * 2}</list>".encode()) == "list/article"


@pytest.mark.parametrize("row", ['<rate day="1" value="2"/>', "<rate><day>1</day></rate>"])
def test_rows_may_be_attributes_or_elements(row: str) -> None:
    assert find_row_element(f"<rates>{row * 3}</rates>".encode()) == "rates/rate"


def test_the_prefix_of_a_namespace_is_left_out() -> None:
    document = '<o:orders xmlns:o="urn:o">' + "<o:order><o:id>1</o:id></o:order>" * 2 + "</o:orders>"

    assert find_row_element(document.encode()) == "orders/order"
