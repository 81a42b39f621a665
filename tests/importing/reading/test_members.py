"""A zip archive with different tables: which of its files an importer reads, and which nobody does."""

import io
from typing import Any
from zipfile import ZipFile

import pytest

from tests.importing.discovery.test_sharing import Shared
from tests.importing.drop import Drop, counts
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.results import FileResult

NAME = "E_2026-01-31.zip"
CUSTOMERS = "customer_id,name\nC1,Alpha\nC2,Beta\n"
CONTACTS = "contact_id,last_name,customer_id\nK1,Arms,C1\nK2,,C2\n"


def packed(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def importer(entity: str, *members: str, **attributes: Any) -> dict[str, Any]:
    return {"entity": entity, "pattern": "E_{date}.zip", "file": {"member": list(members)}} | attributes


def imported(drop: Drop, files: dict[str, str], *importers: dict[str, Any]) -> list[FileResult]:
    shared = Shared(drop, *importers)
    (shared.folder / NAME).write_bytes(packed(files))
    return [file for result in shared.run(*shared.importers) for file in result.files]


def test_one_archive_feeds_several_importers(drop: Drop) -> None:
    files = {
        "tables/customers_1.csv": CUSTOMERS,
        "contacts.csv": CONTACTS,
        "customers_2.csv": "customer_id,name\nC3,Gamma\n",
    }
    results = imported(drop, files, importer("customers", "customers*.csv"), importer("contacts", "contacts.csv"))
    assert [counts(result) for result in results] == [{"read": 3, "created": 3}, {"read": 2, "created": 2}]
    assert [result.file.warnings for result in results] == [{}, {}]
    assert (drop.root / "C" / "processed" / NAME).exists()


@pytest.mark.parametrize(
    ("patterns", "taken"),
    [
        (["c*.csv"], 4),
        (["in/*.csv"], 2),
        (["in/c.csv", "Ü*.csv"], 2),
        (["?.csv"], 2),
        (["U\N{COMBINING DIAERESIS}*.csv"], 1),
    ],
)
def test_members_are_named_by_globs(drop: Drop, patterns: list[str], taken: int) -> None:
    names = ["c.csv", "in/c.csv", "in/cc.csv", "other/ccc.csv", "Übersicht.csv", "__MACOSX/c.csv", "d.txt"]
    files = {name: f"customer_id,name\nC{number},N\n" for number, name in enumerate(names)}
    (result,) = imported(drop, files, importer("customers", *patterns))
    assert counts(result)["created"] == taken
    assert result.file.warnings == {"members_not_read": len(names) - 1 - taken}


def test_a_member_that_no_importer_takes_is_named(drop: Drop) -> None:
    files = {"customers.csv": CUSTOMERS, "stock.csv": "x\n1\n", "readme.txt": "hello"}
    (result,) = imported(drop, files, importer("customers", "customers.csv"))
    assert result.file.warnings == {"members_not_read": 2}
    assert result.file.file_columns["members"] == ["readme.txt", "stock.csv"]


def test_an_archive_without_the_member_is_refused_with_the_names_there_are(drop: Drop) -> None:
    (result,) = imported(drop, {"Customers.csv": CUSTOMERS, "b.csv": "x\n"}, importer("customers", "customers*.csv"))
    assert (result.status, result.file.error_code) == ("refused", "unreadable")
    assert result.file.error == (
        "No file in the archive is called customers*.csv (`file.member`). It has Customers.csv, b.csv."
    )


def test_one_importer_can_be_refused_while_the_other_reads_its_member(drop: Drop) -> None:
    importers = importer("customers", "customers.csv"), importer("contacts", "persons.csv")
    results = imported(drop, {"customers.csv": CUSTOMERS}, *importers)
    assert [result.status for result in results] == ["imported", "refused"]
    assert (drop.root / "C" / "processed" / NAME).exists()


def test_rejected_rows_of_a_member_come_back_to_its_importer(drop: Drop) -> None:
    shared = Shared(drop, importer("customers", "customers.csv"), importer("contacts", "contacts.csv"))
    (shared.folder / NAME).write_bytes(
        packed({"customers.csv": CUSTOMERS.replace("Beta", ""), "contacts.csv": CONTACTS})
    )
    shared.run("customers", "contacts")
    (error_file,) = (shared.folder / "errors").iterdir()
    assert error_file.name == f"{NAME}.customers.errors.csv"
    shared.put(error_file.read_text().replace("C2,,", "C2,Beta,"), error_file.name)
    customers, contacts = shared.run("customers", "contacts")
    assert [counts(file) for file in customers.files] == [{"read": 1, "created": 1}]
    assert contacts.files == []


def test_two_importers_of_an_entity_read_different_members(drop: Drop) -> None:
    first, second = importer("customers", "a*.csv"), importer("customers", "b*.csv", name="others")
    files = {"a.csv": CUSTOMERS, "b.csv": "customer_id,name\nC3,Gamma\n"}
    assert [counts(result) for result in imported(drop, files, first, second)] == [
        {"read": 2, "created": 2},
        {"read": 1, "created": 1},
    ]


def test_a_member_that_two_importers_of_an_entity_take_refuses_the_archive(drop: Drop) -> None:
    first, second = importer("customers", "a*.csv"), importer("customers", "*.csv", name="others")
    for result in imported(drop, {"a.csv": CUSTOMERS}, first, second):
        assert result.status == "refused"
        assert "a.csv in the archive is read by the importers" in str(result.file.error)
    assert drop.rows("select * from raw.customers") == []


@pytest.mark.parametrize("name", ["E_2026-01-31.csv", "E_2026-01-31.csv.gz"])
def test_a_file_that_is_no_archive_is_refused(drop: Drop, name: str) -> None:
    shared = Shared(drop, importer("customers", "customers.csv", pattern="E_{date}.csv"))
    shared.put(CUSTOMERS, name)
    ((result,),) = (each.files for each in shared.run("customers"))
    assert "`file.member` says which files of a zip archive are read, and this is none" in str(result.file.error)


def test_a_joined_file_is_not_looked_for_in_the_archive() -> None:
    settings = ImporterSettings.model_validate(
        importer("customers", "customers.csv", source="erp", join=[{"pattern": "J_{date}.csv", "on": {"a": "b"}}])
    )
    assert settings.join[0].format(settings.file).member == ()


@pytest.mark.parametrize("member", ["", "a_{date}.csv"])
def test_a_member_is_a_name_or_a_glob(member: str) -> None:
    with pytest.raises(ValueError, match="is the name of a file in a zip archive, or a glob"):
        ImporterSettings.model_validate(importer("customers", member, source="erp"))
