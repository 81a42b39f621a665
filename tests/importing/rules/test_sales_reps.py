"""Sales representatives: customers, sales and quotes refer to them, and they to each other as managers."""

from typing import Any

import pytest

from tests.importing.drop import counts
from tests.importing.rules.imports import Imports

REPS = "sales_rep_id,name,manager_id,is_active"
REFERRING = {
    "customers": ("customer_id,name,sales_rep_id", "C1,n,{}"),
    "sales": (
        "invoice_id,line_no,invoice_date,quantity,unit_price,net_amount,currency,sales_rep_id",
        "I1,1,2025-01-01,1,1,1,EUR,{}",
    ),
    "quotes": ("quote_id,line_no,quoted_on,currency,status,sales_rep_id", "Q1,1,2025-01-01,EUR,open,{}"),
}


def test_sales_reps_are_imported_as_master_data(imports: Imports) -> None:
    assert counts(imports("sales_reps", 1, REPS, "R1,Anna,,yes", "R2,Nikos,R1,no")) == {"read": 2, "created": 2}

    columns = ("sales_rep_id", "name", "manager_id", "is_active")
    assert imports.stored("sales_reps", *columns) == [("R1", "Anna", None, True), ("R2", "Nikos", "R1", False)]
    assert len(set(imports.system_ids("sales_reps").values())) == 2


@pytest.mark.parametrize("entity", REFERRING)
def test_where_no_sales_rep_was_ever_imported_their_keys_are_no_warning(imports: Imports, entity: str) -> None:
    header, row = REFERRING[entity]

    assert imports(entity, 1, header, row.format("R9")).file.warnings == {}


@pytest.mark.parametrize("entity", REFERRING)
def test_once_there_are_sales_reps_an_unknown_one_is_a_warning(imports: Imports, entity: str) -> None:
    header, row = REFERRING[entity]
    imports("sales_reps", 1, REPS, "R1,Anna,,yes")

    assert imports(entity, 2, header, row.format("R1")).file.warnings == {}
    found = imports(entity, 3, header, row.format("R9"))
    assert counts(found) == {"read": 1, "updated": 1}
    assert found.file.warnings == {"unknown_reference": 1}


@pytest.mark.parametrize(
    ("policy", "outcome"), [("warn", {"created": 1}), ("wait", {"waiting": 1}), ("reject", {"rejected": 1})]
)
def test_an_importer_that_states_the_reference_has_it_looked_at_in_any_case(
    imports: Imports, policy: str, outcome: dict[str, int]
) -> None:
    header, row = REFERRING["sales"]

    found = imports("sales", 1, header, row.format("R9"), references={"sales_rep_id": policy})

    assert counts(found) == {"read": 1} | outcome
    assert found.file.warnings == ({"unknown_reference": 1} if policy == "warn" else {})


def test_a_row_that_waits_for_a_sales_rep_is_loaded_when_he_arrives(imports: Imports) -> None:
    header, row = REFERRING["sales"]
    imports("sales", 1, header, row.format("R9"), references={"sales_rep_id": "wait"})

    assert imports("sales_reps", 2, REPS, "R9,Eleni,,yes").released == {"sales": 1}
    assert imports.stored("sales", "sales_rep_id") == [("R9",)]


@pytest.mark.parametrize("is_first_file", [True, False])
def test_a_manager_may_come_after_those_he_leads(imports: Imports, *, is_first_file: bool) -> None:
    if not is_first_file:
        imports("sales_reps", 1, REPS, "R0,Maria,,yes")

    assert imports("sales_reps", 2, REPS, "R2,Nikos,R1,yes", "R1,Anna,,yes").file.warnings == {}


@pytest.mark.parametrize("is_first_file", [True, False])
def test_an_unknown_manager_is_a_warning(imports: Imports, *, is_first_file: bool) -> None:
    if not is_first_file:
        imports("sales_reps", 1, REPS, "R0,Maria,,yes")

    found = imports("sales_reps", 2, REPS, "R2,Nikos,R9,yes", "R1,,,yes")

    assert counts(found) == {"read": 2, "created": 1, "rejected": 1}
    assert found.file.warnings == {"unknown_reference": 1}


@pytest.mark.parametrize("policy", ["wait", "reject"])
def test_managers_are_only_warned_about(imports: Imports, policy: str) -> None:
    settings: dict[str, Any] = {"references": {"manager_id": policy}}

    with pytest.raises(ValueError, match=r"references\.manager_id: only `warn` is possible"):
        imports("sales_reps", 1, REPS, "R1,Anna,,yes", **settings)


def test_a_database_of_an_earlier_version_gets_the_table_and_keeps_its_keys(imports: Imports) -> None:
    header, row = REFERRING["customers"]
    imports("customers", 1, header, row.format("R9"))
    imports.drop.execute("drop table raw.sales_reps")

    imports.drop.warehouse.prepare()

    assert counts(imports("customers", 2, header, row.format("R9"))) == {"read": 1, "unchanged": 1}
    assert imports.stored("customers", "sales_rep_id") == [("R9",)]
    assert counts(imports("sales_reps", 3, REPS, "R9,Eleni,,yes")) == {"read": 1, "created": 1}
