"""Identity of master data, and uniqueness in a file."""

import pytest

from tests.importing.drop import counts
from tests.importing.rules.imports import Imports

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def customers(imports: Imports) -> dict[str, str]:
    """The system_ids of C1 and C2, both called Acme, and of C3, the only one called Solo."""
    imports("customers", 1, "customer_id,name,phone", "C1,Acme,1", "C2,Acme,2", "C3,Solo,3")
    return imports.system_ids("customers")


def phones(imports: Imports) -> dict[str, str]:
    return dict(imports.stored("customers", "customer_id", "phone"))


def test_a_system_id_identifies_the_record(imports: Imports, customers: dict[str, str]) -> None:
    found = imports("customers", 2, "system_id,phone", f"{customers['C1']},11", f"{customers['C3'].upper()},33")
    assert counts(found) == {"read": 2, "updated": 2}
    assert phones(imports) == {"C1": "11", "C2": "2", "C3": "33"}


def test_a_system_id_that_matches_wins_and_may_change_the_external_key(
    imports: Imports, customers: dict[str, str]
) -> None:
    found = imports("customers", 2, "system_id,customer_id,name,phone", f"{customers['C1']},C10,Acme,1")
    assert counts(found) == {"read": 1, "updated": 1}
    assert imports.system_ids("customers") == {
        "C10": customers["C1"],
        "C2": customers["C2"],
        "C3": customers["C3"],
    }
    again = imports("customers", 3, "customer_id,name,phone", "C10,Acme,1")
    assert counts(again) == {"read": 1, "unchanged": 1}


def test_a_system_id_without_an_external_key_leaves_the_key_alone(imports: Imports, customers: dict[str, str]) -> None:
    found = imports("customers", 2, "system_id,customer_id,name,phone", f"{customers['C1']},,Acme,")
    assert counts(found) == {"read": 1, "updated": 1}
    assert phones(imports)["C1"] is None


def test_an_unknown_system_id_is_rejected(imports: Imports, customers: dict[str, str]) -> None:
    found = imports(
        "customers", 2, "system_id,customer_id,name,phone", f"{UNKNOWN},C1,Acme,9", f"{UNKNOWN},C9,New,9", ",C4,New,4"
    )
    assert counts(found) == {"read": 3, "created": 1, "rejected": 2}
    assert imports.entries("row_number", "key", "column_name", "code", "value") == [
        (1, "C1", "system_id", "unknown_system_id", UNKNOWN),
        (2, "C9", "system_id", "unknown_system_id", UNKNOWN),
    ]
    assert phones(imports) == {"C1": "1", "C2": "2", "C3": "3", "C4": "4"}


def test_an_unknown_system_id_is_rejected_in_a_first_file_as_well(imports: Imports) -> None:
    found = imports("customers", 1, "system_id,customer_id,name", f"{UNKNOWN},C1,Acme", ",C2,Acme")
    assert counts(found) == {"read": 2, "created": 1, "rejected": 1}
    assert imports.entries("code") == [("unknown_system_id",)]


def test_the_external_key_comes_next(imports: Imports, customers: dict[str, str]) -> None:
    found = imports("customers", 2, "system_id,customer_id,name,phone", ",C1,Acme and Sons,11", ",C4,New,4")
    assert counts(found) == {"read": 2, "created": 1, "updated": 1}
    assert phones(imports) == {"C1": "11", "C2": "2", "C3": "3", "C4": "4"}
    assert customers.items() <= imports.system_ids("customers").items()


def test_a_new_external_key_creates_a_customer_whoever_else_has_the_name(
    imports: Imports, customers: dict[str, str]
) -> None:
    found = imports("customers", 2, "customer_id,name", "C4,Solo")
    assert counts(found) == {"read": 1, "created": 1}
    assert imports.stored("customers", "customer_id", where="name = 'Solo'") == [("C3",), ("C4",)]


@pytest.mark.parametrize("header", ["customer_id,name,phone", "name,phone"])
def test_the_name_comes_last(imports: Imports, customers: dict[str, str], header: str) -> None:
    found = imports("customers", 2, header, ",Solo,33"[header == "name,phone" :])
    assert counts(found) == {"read": 1, "updated": 1}
    assert phones(imports) == {"C1": "1", "C2": "2", "C3": "33"}
    assert imports.system_ids("customers") == customers


def test_a_name_that_matches_several_customers_is_rejected_and_creates_no_duplicate(
    imports: Imports, customers: dict[str, str]
) -> None:
    found = imports("customers", 2, "customer_id,name,phone", ",Acme,9", ",Solo,33")
    assert counts(found) == {"read": 2, "updated": 1, "rejected": 1}
    assert imports.entries("row_number", "key", "column_name", "code", "value") == [
        (1, None, "name", "ambiguous_match", "Acme")
    ]
    assert imports.entries("message") == [
        ("name Acme is that of 2 records (C1, C2). Give the customer_id of the one that is meant.",)
    ]
    assert imports.system_ids("customers") == customers


def test_a_name_that_no_one_has_needs_a_key_to_create_a_customer(imports: Imports, customers: dict[str, str]) -> None:
    found = imports("customers", 2, "name,phone", "Nobody,9", "solo,9")
    assert counts(found) == {"read": 2, "rejected": 2}
    assert imports.entries("column_name", "code") == [("customer_id", "missing_required")] * 2
    assert imports.system_ids("customers") == customers


def test_a_name_does_not_mean_a_customer_who_was_deleted(imports: Imports, customers: dict[str, str]) -> None:
    imports.drop.execute("update raw.customers set _deleted_at = now() where customer_id = 'C1'")
    found = imports("customers", 2, "name,phone", "Acme,22")
    assert counts(found) == {"read": 1, "updated": 1}
    assert phones(imports) == {"C2": "22", "C3": "3"}


@pytest.mark.parametrize("entity", ["collections", "products"])
def test_the_name_is_for_customers_only(imports: Imports, entity: str) -> None:
    header = {"collections": "collection_id,name", "products": "product_id,sku,name"}[entity]
    imports(entity, 1, header, {"collections": "K1,Summer", "products": "P1,S1,Summer"}[entity])
    found = imports(entity, 2, header, {"collections": ",Summer", "products": ",S1,Summer"}[entity])
    assert counts(found) == {"read": 1, "rejected": 1}
    assert (header.split(",")[0], "missing_required") in imports.entries("column_name", "code")


def test_an_external_key_of_another_record_than_the_system_ids_is_an_identity_conflict(
    imports: Imports, customers: dict[str, str]
) -> None:
    found = imports(
        "customers", 2, "system_id,customer_id,name", f"{customers['C1']},C2,Acme", f"{customers['C3']},C30,Solo"
    )
    assert counts(found) == {"read": 2, "updated": 1, "rejected": 1}
    assert imports.entries("row_number", "key", "column_name", "code", "value") == [
        (1, "C2", "customer_id", "identity_conflict", "C2")
    ]
    assert customers["C2"] in imports.entries("message")[0][0]
    assert imports.system_ids("customers") == {"C1": customers["C1"], "C2": customers["C2"], "C30": customers["C3"]}


def test_keys_cannot_be_swapped_in_one_file(imports: Imports, customers: dict[str, str]) -> None:
    found = imports("customers", 2, "system_id,customer_id", f"{customers['C1']},C2", f"{customers['C2']},C1")
    assert counts(found) == {"read": 2, "rejected": 2}
    assert imports.system_ids("customers") == customers


@pytest.mark.parametrize("with_system_id", [False, True])
def test_a_sku_of_another_product_is_an_identity_conflict(imports: Imports, *, with_system_id: bool) -> None:
    imports("products", 1, "product_id,sku,name", "P1,S1,One", "P2,S2,Two")
    rows = ["P1,S2,One", "P2,S2b,Two", "P3,S1,New", "P4,S4,New"]
    header = "product_id,sku,name"
    if with_system_id:
        ids = imports.system_ids("products")
        header, rows = f"system_id,{header}", [f"{ids.get(row[:2], '')},{row}" for row in rows]
    found = imports("products", 2, header, *rows)
    assert counts(found) == {"read": 4, "created": 1, "updated": 1, "rejected": 2}
    assert imports.entries("row_number", "key", "column_name", "code", "value") == [
        (1, "P1", "sku", "identity_conflict", "S2"),
        (3, "P3", "sku", "identity_conflict", "S1"),
    ]
    assert imports.entries("message")[0] == ("sku S2 already belongs to P2. Correct one of the two.",)
    assert imports.stored("products", "product_id", "sku") == [("P1", "S1"), ("P2", "S2b"), ("P4", "S4")]


def test_a_row_that_conflicts_in_both_keys_has_an_entry_for_each(imports: Imports) -> None:
    imports("products", 1, "product_id,sku,name", "P1,S1,One", "P2,S2,Two", "P3,S3,Three")
    one = imports.system_ids("products")["P1"]
    found = imports("products", 2, "system_id,product_id,sku", f"{one},P2,S3")
    assert counts(found) == {"read": 1, "rejected": 1}
    assert sorted(imports.entries("column_name", "code")) == [
        ("product_id", "identity_conflict"),
        ("sku", "identity_conflict"),
    ]


def test_system_ids_are_generated_and_differ(imports: Imports) -> None:
    imports("customers", 1, "customer_id,name", *(f"C{number},N" for number in range(50)))
    imports("customers", 2, "system_id,customer_id,name", ",D1,N")
    ids = imports.system_ids("customers")
    assert len(set(ids.values())) == 51


UNIQUENESS = {
    "reject": ({"read": 4, "created": 1, "rejected": 3}, [("C9", "only")]),
    "first": ({"read": 4, "created": 2, "superseded": 2}, [("C1", "a"), ("C9", "only")]),
    "last": ({"read": 4, "created": 2, "superseded": 2}, [("C1", "c"), ("C9", "only")]),
}


@pytest.mark.parametrize("duplicates", UNIQUENESS)
@pytest.mark.parametrize("is_first_file", [True, False])
def test_the_importers_duplicates_decides_which_row_of_a_key_is_loaded(
    imports: Imports, duplicates: str, *, is_first_file: bool
) -> None:
    if not is_first_file:
        imports("customers", 1, "customer_id,name", "C0,zero")
    rows = ["C1,a", "C9,only", "C1,b", "C1,c"]
    found = imports("customers", 2, "customer_id,name", *rows, duplicates=duplicates)
    expected, stored = UNIQUENESS[duplicates]
    assert counts(found) == expected
    assert imports.stored("customers", "customer_id", "name", where="customer_id <> 'C0'") == stored
    codes = imports.entries("row_number", "code")
    assert codes == ([(row, "duplicate_in_file") for row in (1, 3, 4)] if duplicates == "reject" else [])


def test_reject_is_the_default(imports: Imports) -> None:
    assert counts(imports("customers", 1, "customer_id,name", "C1,a", "C1,a")) == {"read": 2, "rejected": 2}


def test_products_are_unique_by_product_id_and_by_sku_each_on_its_own(imports: Imports) -> None:
    found = imports("products", 1, "product_id,sku,name", "P1,S1,a", "P1,S2,b", "P2,S3,c", "P3,S3,d", "P4,S4,e")
    assert counts(found) == {"read": 5, "created": 1, "rejected": 4}
    assert imports.entries("row_number", "column_name") == [
        (1, "product_id"),
        (2, "product_id"),
        (3, "sku"),
        (4, "sku"),
    ]


def test_a_row_may_repeat_the_keys_of_different_rows(imports: Imports) -> None:
    found = imports("products", 1, "product_id,sku,name", "P1,S1,a", "P1,S2,b", "P2,S2,c")
    assert counts(found) == {"read": 3, "rejected": 3}
    assert imports.entries("row_number", "column_name") == [
        (1, "product_id"),
        (2, "product_id"),
        (2, "sku"),
        (3, "sku"),
    ]


@pytest.mark.parametrize("duplicates", UNIQUENESS)
@pytest.mark.parametrize("other", [",C3,New,8", ",,Solo,8"])
def test_two_rows_that_mean_one_record_in_different_ways_are_duplicates_as_well(
    imports: Imports, customers: dict[str, str], duplicates: str, other: str
) -> None:
    found = imports(
        "customers",
        2,
        "system_id,customer_id,name,phone",
        f"{customers['C3']},C30,Solo,7",
        other,
        duplicates=duplicates,
    )
    if duplicates == "reject":
        assert counts(found) == {"read": 2, "rejected": 2}
        assert imports.entries("row_number", "column_name", "code") == [
            (1, "system_id", "duplicate_in_file"),
            (2, "system_id", "duplicate_in_file"),
        ]
    else:
        assert counts(found) == {"read": 2, "updated": 1, "superseded": 1}
    phone = {"reject": "3", "first": "7", "last": "8"}[duplicates]
    assert imports.stored("customers", "phone", where=f"system_id = '{customers['C3']}'") == [(phone,)]


def test_a_key_may_differ_in_case_and_zeros(imports: Imports) -> None:
    found = imports("customers", 1, "customer_id,name", "1,a", "01,b", "a,c", "A,d", "1.0,e", "1E0,f")
    assert counts(found) == {"read": 6, "created": 6}
