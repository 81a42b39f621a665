"""`wiseparts validate`."""

import json
from pathlib import Path

from tests.installation import Installation
from tests.opentrans import documents


def saved(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_valid_documents_are_told_with_their_kind_and_number(installation: Installation) -> None:
    paths = [
        saved(installation.folder, "invoice.xml", documents.invoice()),
        saved(installation.folder, "advice.xml", documents.dispatch_notification()),
    ]
    done = installation.run("validate", *paths)

    assert done.status == 0
    assert done.out.splitlines() == [
        f"{paths[0]}: INVOICE I-8, 1 line, all is well",
        f"{paths[1]}: DISPATCHNOTIFICATION D-5, 1 line, all is well",
    ]


def test_each_fault_is_told_and_the_other_files_are_looked_into(installation: Installation) -> None:
    wrong = saved(installation.folder, "wrong.xml", documents.invoice("41.15").replace(b">C62<", b">STK<"))
    picture = saved(installation.folder, "picture.xml", b"\x89PNG")
    done = installation.run("validate", wrong, picture, "--json")

    assert done.status == 3
    first, second = json.loads(done.out)
    assert (first["kind"], first["number"], first["valid"]) == ("INVOICE", "I-8", False)
    assert [fault["element"] for fault in first["faults"]] == ["ORDER_UNIT", "TOTAL_AMOUNT"]
    assert second["kind"] is None
    assert "is no XML that can be read" in second["faults"][0]["message"]


def test_a_file_that_is_not_there_is_told(installation: Installation) -> None:
    done = installation.run("validate", installation.folder / "nothing.xml")

    assert done.status == 1
    assert "nothing.xml: No such file or directory. Name a file that you may read." in done.err
