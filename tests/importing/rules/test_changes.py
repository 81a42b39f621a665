"""Which imports change rows of which entities, from which it is decided what is built."""

from tests.importing.rules.imports import Imports

PRODUCTS = "product_id,sku,name"
INVENTORY = "sku,quantity_available"


def changes(imports: Imports) -> list[tuple[str, int]]:
    return imports.drop.rows("select entity, version from ops.entity_changes order by entity, version")


def test_an_import_that_creates_or_updates_rows_changes_its_entity(imports: Imports) -> None:
    imports("products", 1, PRODUCTS, "P1,S1,Bolt")
    imports("products", 2, PRODUCTS, "P1,S1,Nut")
    assert changes(imports) == [("products", 1), ("products", 2)]


def test_an_import_that_leaves_all_rows_as_they_are_changes_nothing(imports: Imports) -> None:
    imports("products", 1, PRODUCTS, "P1,S1,Bolt")
    imports("products", 2, PRODUCTS, "P1,S1,Bolt", ",,")
    assert changes(imports) == [("products", 1)]


def test_a_snapshot_that_deletes_changes_its_entity(imports: Imports) -> None:
    imports("products", 1, PRODUCTS, "P1,S1,Bolt", "P2,S2,Nut")
    imports("products", 2, PRODUCTS, "P1,S1,Bolt", mode="snapshot", shrink_limit_percent=100)
    assert changes(imports) == [("products", 1), ("products", 2)]


def test_rows_that_an_import_releases_change_their_entity_too(imports: Imports) -> None:
    imports("inventory", 1, INVENTORY, "S1,5")
    imports("products", 1, PRODUCTS, "P1,S1,Bolt")
    assert changes(imports) == [("inventory", 1), ("products", 1)]


def test_a_refused_file_changes_nothing(imports: Imports) -> None:
    imports("products", 1, PRODUCTS, "P1,S1,Bolt")
    imports("products", 2, PRODUCTS, "P2,S2,Nut", mode="snapshot")
    assert changes(imports) == [("products", 1)]


def test_a_change_is_later_than_the_one_before_even_if_the_clock_was_set_back(imports: Imports) -> None:
    """The marts read what has changed since the latest moment that they know."""
    later = "_updated_at > now() + interval '59 minutes'"
    latest = f"select max(_updated_at), count(*) filter (where {later}) from raw.products"
    imports("products", 1, PRODUCTS, "P1,S1,Bolt")
    imports.drop.execute("update ops.entity_changes set changed_at = now() + interval '1 hour'")
    moments = []
    for day, row in enumerate(["P1,S1,Nut", "P2,S2,Bolt", "P2,S2,Nut"], start=2):
        imports("products", day, PRODUCTS, row)
        moments += imports.drop.rows(latest)
    assert [count for _, count in moments] == [1, 2, 2]
    assert len({moment for moment, _ in moments}) == 3
    assert moments == sorted(moments)
