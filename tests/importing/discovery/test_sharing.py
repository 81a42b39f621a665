"""A file that several importers share: each takes its part of it, and it is archived when all have finished with it."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.importing.drop import Drop, counts
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing import archiving
from wiseparts_pipeline.importing.discovery.listing import discover
from wiseparts_pipeline.importing.engine import run_import
from wiseparts_pipeline.importing.importer import with_competitors
from wiseparts_pipeline.importing.results import ImportOptions, ImportResult
from wiseparts_pipeline.transport import connect

NAME = "C_2026-01-31.csv"
TEXT = "no,name,contact_no,contact_name\nC1,Alpha,K1,Arms\nC2,Beta,K2,Brown\n"
CUSTOMERS = {"entity": "customers", "columns": {"customer_id": "no"}}
CONTACTS = {
    "entity": "contacts",
    "columns": {"contact_id": "contact_no", "customer_id": "no", "last_name": "contact_name"},
    "references": {"customer_id": "warn"},
}
# The first row is no customer, the second no contact.
FAULTY = TEXT.replace("Alpha", "").replace("K2", "")
BOTH = ["customers", "contacts"]


class Shared:
    """A folder whose files two importers take, or more."""

    def __init__(self, drop: Drop, *importers: Mapping[str, Any]) -> None:
        (drop.root / "C").mkdir(exist_ok=True)
        common = {"source": "erp", "folder": "C", "pattern": "C_{date}.csv"}
        settings = [ImporterSettings.model_validate(common | dict(each)) for each in importers or (CUSTOMERS, CONTACTS)]
        self.drop = drop
        self.importers = with_competitors(settings, {"erp": drop.source})

    @property
    def folder(self) -> Path:
        return self.drop.root / "C"

    def put(self, content: str, name: str = NAME) -> Path:
        path = self.folder / name
        path.write_text(content)
        return path

    def run(self, *names: str, **options: Any) -> list[ImportResult]:
        """Imports what is pending for these importers, in turn."""
        with connect(self.drop.source) as transport:
            return [
                run_import(self.importers[name], transport, self.drop.warehouse, ImportOptions(**options))
                for name in names
            ]

    def files(self, place: str = "") -> list[str]:
        folder = self.folder / place
        return sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []

    def log(self) -> list[tuple[str, str, str | None]]:
        return [(row["importer"], row["status"], row["archived_to"]) for row in self.drop.log()]

    def pending(self) -> dict[str, list[str]]:
        with connect(self.drop.source) as transport, self.drop.warehouse.connect(autocommit=True) as connection:
            found = discover(transport, self.drop.source, list(self.importers.values()), connection).pending
        return {name: [file.name for file in files] for name, files in found.items() if files}


@pytest.fixture
def shared(drop: Drop) -> Shared:
    return Shared(drop)


def test_each_importer_counts_its_own_rows_of_the_file(shared: Shared) -> None:
    shared.put(TEXT)
    results = shared.run(*BOTH)
    assert [counts(file) for result in results for file in result.files] == [{"read": 2, "created": 2}] * 2
    assert [result.problems for result in results] == [[], []]
    assert shared.log() == [(name, "imported", f"C/processed/{NAME}") for name in BOTH]
    assert (shared.files(), shared.files("processed")) == ([], [NAME])


def test_the_file_stays_until_the_last_importer_has_finished_with_it(shared: Shared) -> None:
    shared.put(TEXT)
    shared.run("customers")
    assert shared.files() == [NAME]
    assert shared.pending() == {"contacts": [NAME]}
    (again,) = shared.run("customers")
    assert again.files == []
    shared.run("contacts")
    assert (shared.files(), shared.files("processed"), shared.pending()) == ([], [NAME], {})
    assert [row["rows_created"] for row in shared.drop.log()] == [2, 2]


def test_an_importer_that_is_added_while_the_file_is_there_gets_it_too(drop: Drop) -> None:
    first = Shared(drop, CUSTOMERS, CONTACTS | {"entity": "addresses", "columns": {}})
    first.put(TEXT)
    first.run("customers")
    second = Shared(drop)
    second.run("contacts")
    assert second.log()[-1] == ("contacts", "imported", f"C/processed/{NAME}")


def test_an_importer_that_is_no_longer_configured_is_not_waited_for(drop: Drop) -> None:
    both = Shared(drop)
    both.put(TEXT)
    both.run("customers")
    alone = Shared(drop, CUSTOMERS)
    alone.run("customers")
    assert (alone.files(), alone.files("processed")) == ([], [NAME])


def test_a_file_that_one_importer_refuses_and_another_takes_is_processed(drop: Drop) -> None:
    shared = Shared(drop, CUSTOMERS, CONTACTS | {"columns": {"contact_id": "nowhere"}})
    shared.put(TEXT)
    shared.run("contacts")
    assert shared.files() == [NAME]
    shared.run("customers")
    assert shared.log() == [
        ("contacts", "refused", f"C/processed/{NAME}"),
        ("customers", "imported", f"C/processed/{NAME}"),
    ]


def test_a_file_that_all_importers_refuse_is_refused(shared: Shared) -> None:
    shared.put("nothing\n1\n")
    shared.run(*BOTH)
    assert (shared.files("processed"), shared.files("refused")) == ([], [NAME])
    assert {place for _, _, place in shared.log()} == {f"C/refused/{NAME}"}


def test_each_importer_has_an_error_file_of_its_own_which_only_it_takes_back(shared: Shared) -> None:
    shared.put(FAULTY)
    shared.run("customers")
    assert shared.files("errors") == [f"{NAME}.customers.errors.csv"]
    shared.run("contacts")
    both = [f"{NAME}.contacts.errors.csv", f"{NAME}.customers.errors.csv"]
    assert shared.files("errors") == both
    for name, empty, right in (("customers", "C1,,", "C1,Alpha,"), ("contacts", "Beta,,", "Beta,K2,")):
        error_file = f"{NAME}.{name}.errors.csv"
        content = (shared.folder / "errors" / error_file).read_text()
        shared.put(content.replace(empty, right, 1), error_file)
        assert shared.pending() == {name: [error_file]}
        customers, contacts = shared.run(*BOTH)
        assert len(customers.files) + len(contacts.files) == 1
        assert shared.files() == []
    assert shared.drop.rows("select status from ops.rejected_rows") == [("resolved",)] * 2
    assert shared.drop.rows("select name from raw.customers order by 1") == [("Alpha",), ("Beta",)]
    assert shared.drop.rows("select last_name from raw.contacts order by 1") == [("Arms",), ("Brown",)]


def test_an_error_file_that_names_no_importer_is_for_all_of_them(shared: Shared) -> None:
    rows = [
        f"{line},{end}" for line, end in zip(TEXT.splitlines(), ("_row,_line,_errors", "1,2,", "2,3,"), strict=True)
    ]
    shared.put("\n".join(rows), f"{NAME}.errors.csv")
    results = shared.run(*BOTH)
    assert [counts(file)["created"] for result in results for file in result.files] == [2, 2]


def test_a_replayed_file_is_read_by_the_importer_that_is_asked_only(shared: Shared) -> None:
    shared.put(TEXT)
    shared.run(*BOTH)
    shared.run("contacts", names=[NAME])
    assert shared.log()[2:] == [("contacts", "imported", f"C/processed/{NAME}")]
    assert shared.files("processed") == [NAME]


def test_a_file_that_is_asked_for_by_one_importer_stays_for_the_other(shared: Shared) -> None:
    shared.put(TEXT)
    for _ in range(2):
        shared.run("customers", names=[NAME])
        assert shared.files() == [NAME]
    shared.run("contacts")
    assert {place for _, _, place in shared.log()} == {f"C/processed/{NAME}"}
    assert shared.pending() == {}


def test_a_refused_file_that_one_importer_takes_later_is_processed_for_both(shared: Shared) -> None:
    shared.put("nothing\n1\n")
    shared.run(*BOTH)
    (shared.folder / "refused" / NAME).write_text(TEXT)
    shared.run("customers", names=[NAME])
    assert {place for _, _, place in shared.log()} == {f"C/processed/{NAME}"}
    shared.run("contacts", names=[NAME])
    assert [status for _, status, _ in shared.log()] == ["refused", "refused", "imported", "imported"]


@pytest.mark.parametrize("crashing", ["_put_error_file", "_target"])
@pytest.mark.parametrize("first", BOTH)
def test_a_crash_before_the_file_is_archived_loses_nothing(
    shared: Shared, monkeypatch: pytest.MonkeyPatch, crashing: str, first: str
) -> None:
    shared.put(FAULTY)
    second = next(name for name in BOTH if name != first)
    with monkeypatch.context() as patch:
        patch.setattr(archiving._Archiving, crashing, _crash)
        if crashing == "_put_error_file":
            with pytest.raises(KeyboardInterrupt):
                shared.run(first)
        else:
            shared.run(first)
            with pytest.raises(KeyboardInterrupt):
                shared.run(second)
    shared.run(second)
    shared.run(first)
    assert {place for _, _, place in shared.log()} == {f"C/processed/{NAME}"}
    assert [row["rows_created"] for row in shared.drop.log()] == [1, 1]
    assert shared.files("errors") == [f"{NAME}.contacts.errors.csv", f"{NAME}.customers.errors.csv"]
    assert all(row["error_file"] == f"C/errors/{NAME}.{row['importer']}.errors.csv" for row in shared.drop.log())


def _crash(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_file_that_is_replaced_before_all_have_imported_it_is_imported_by_all_as_it_is_then(shared: Shared) -> None:
    shared.put(TEXT)
    shared.run("customers")
    shared.put(TEXT + "C3,Gamma,K3,Clark\n")
    shared.run("contacts")
    assert shared.files() == [NAME]
    shared.pending()
    shared.run(*BOTH)
    assert shared.log() == [
        ("customers", "imported", "(replaced by the sender)"),
        ("contacts", "imported", f"C/processed/{NAME}"),
        ("customers", "imported", f"C/processed/{NAME}"),
    ]
    assert shared.drop.rows("select count(*) from raw.customers") == [(3,)]


def test_a_file_that_its_sender_removes_before_all_have_imported_it_is_done_with(shared: Shared) -> None:
    path = shared.put(TEXT)
    shared.run("customers")
    path.unlink()
    shared.run(*BOTH)
    assert shared.log() == [("customers", "imported", "(removed by the sender)")]


def test_a_failure_of_one_importer_does_not_repeat_the_other(shared: Shared) -> None:
    shared.put(TEXT)
    shared.drop.execute("alter table raw.contacts add constraint never check (last_name <> 'Arms')")
    shared.run(*BOTH)
    assert [(name, status) for name, status, _ in shared.log()] == [("customers", "imported"), ("contacts", "failed")]
    assert shared.pending() == {"contacts": [NAME]}
    shared.drop.execute("alter table raw.contacts drop constraint never")
    shared.run(*BOTH)
    assert shared.log() == [(name, "imported", f"C/processed/{NAME}") for name in BOTH]


def test_a_name_that_is_taken_gets_the_same_number_for_all_importers(shared: Shared) -> None:
    for content in (TEXT, TEXT.replace("Alpha", "Alfa")):
        shared.put(content)
        shared.run(*BOTH)
    assert len(shared.files("processed")) == 2
    number = shared.drop.log()[3]["file_id"]
    assert {place for _, _, place in shared.log()[2:]} == {f"C/processed/C_2026-01-31.{number}.csv"}


def test_a_dry_run_leaves_the_file_to_all(shared: Shared) -> None:
    shared.put(TEXT)
    shared.run(*BOTH, dry_run=True)
    assert (shared.files(), shared.log()) == ([NAME], [])


def test_a_companion_stays_for_an_importer_whose_own_file_it_is(drop: Drop) -> None:
    lines = {
        "entity": "orders",
        "pattern": "L_{date}.csv",
        "columns": {"order_id": "o", "line_no": {"constant": "1"}, "customer_id": "no", "placed_at": "day"}
        | {"status": {"constant": "confirmed"}, "channel": {"constant": "rep"}, "currency": {"constant": "EUR"}},
        "join": [{"pattern": "C_{date}.csv", "on": {"c": "contact_no"}}],
    }
    shared = Shared(drop, CUSTOMERS, lines)
    shared.put("o,c,day,sku,quantity,unit_price,net_amount\nO1,K1,2026-01-01,S,1,1,1\n", "L_2026-01-31.csv")
    shared.put(TEXT)
    shared.run("orders")
    assert shared.files() == [NAME]
    assert shared.drop.rows("select customer_id from raw.orders") == [("C1",)]
    shared.run("customers")
    assert shared.files() == []


def test_two_importers_of_the_same_entity_do_not_share_a_file(drop: Drop) -> None:
    shared = Shared(drop, CUSTOMERS, CUSTOMERS | {"name": "again"})
    shared.put(TEXT)
    results = shared.run("customers", "again")
    assert shared.log() == []
    assert "several importers (customers, again)" in str(results[0].problems[0])


def test_different_patterns_that_fit_a_file_do_not_share_it(drop: Drop) -> None:
    shared = Shared(drop, CUSTOMERS, CONTACTS | {"pattern": "C_*.csv"})
    shared.put(TEXT)
    (result, _) = shared.run(*BOTH)
    assert "or the same if importers of different entities are to share the file" in str(result.problems[0])
    assert shared.log() == []


def test_a_file_is_shared_by_one_of_several_patterns(drop: Drop) -> None:
    shared = Shared(drop, CUSTOMERS | {"pattern": ["C_{date}.csv", "D_{date}.csv"]}, CONTACTS)
    shared.put(TEXT)
    shared.put(TEXT, "D_2026-02-01.csv")
    shared.run(*BOTH)
    assert shared.log() == [
        ("customers", "imported", f"C/processed/{NAME}"),
        ("customers", "imported", "C/processed/D_2026-02-01.csv"),
        ("contacts", "imported", f"C/processed/{NAME}"),
    ]


@pytest.mark.parametrize(
    ("sheet", "is_shared"), [("South", True), ("*", False), ("", False), (["South", "North"], False)]
)
def test_importers_of_an_entity_share_a_workbook_if_they_name_different_sheets(
    drop: Drop, sheet: str | list[str], is_shared: bool
) -> None:
    workbook = Workbook()
    for position, name in enumerate(("North", "South", "West")):
        rows = workbook.create_sheet(name, position)
        rows.append(["customer_id", "name"])
        rows.append([f"C{position}", name])
    del workbook["Sheet"]
    north = {"entity": "customers", "file": {"format": "xlsx", "sheet": "North"}, "pattern": "C.xlsx"}
    south = north | {"name": "others", "file": {"format": "xlsx", "sheet": sheet}}
    shared = Shared(drop, north, south)
    workbook.save(shared.folder / "C.xlsx")
    results = shared.run("customers", "others")
    assert [result.problems == [] for result in results] == [is_shared, is_shared]
    names = [("North",), ("South",)] if is_shared else []
    assert drop.rows("select name from raw.customers order by 1") == names


def test_importers_that_finish_at_the_same_time_archive_the_file_once(drop: Drop) -> None:
    shared = Shared(drop)
    for day in range(1, 6):
        shared.put(FAULTY, f"C_2026-01-0{day}.csv")
    with ThreadPoolExecutor() as threads:
        done = [threads.submit(shared.run, name) for name in BOTH]
    assert [future.result()[0].problems for future in done] == [[], []]
    assert shared.files() == []
    assert {(status, place) for _, status, place in shared.log()} == {
        ("imported_with_errors", f"C/processed/C_2026-01-0{day}.csv") for day in range(1, 6)
    }
    assert len(shared.log()) == len(shared.files("errors")) == 10
    assert [row["error"] for row in shared.drop.log()] == [None] * 10


def test_a_sheet_that_another_importer_takes_is_not_one_that_was_not_read(drop: Drop) -> None:
    workbook = Workbook()
    for position, name in enumerate(("North", "South", "Persons")):
        rows = workbook.create_sheet(name, position)
        rows.append(["customer_id", "name", "contact_id"])
        rows.append([f"C{position}", name, f"K{position}"])
    del workbook["Sheet"]
    first = {"entity": "customers", "file": {"format": "xlsx"}, "pattern": "C.xlsx"}
    other = {"entity": "contacts", "file": {"format": "xlsx", "sheet": "Persons"}, "pattern": "C.xlsx"}
    shared = Shared(drop, first, other)
    workbook.save(shared.folder / "C.xlsx")
    (customers, _) = shared.run(*BOTH)
    assert [file.file.file_columns["sheets"] for file in customers.files] == [["South"]]
