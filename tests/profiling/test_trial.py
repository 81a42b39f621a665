"""The proposal is tried as it is printed: what would be rejected is said, and nothing else."""

from pathlib import Path

from tests.profiling.inspecting import inspected


def test_rows_with_the_same_key_would_be_rejected(tmp_path: Path) -> None:
    found = inspected(tmp_path, "customer number,name", "1,A", "1,B", "2,C")

    assert found.trial.faults == {"customer_id: duplicate_in_file": 2}
    assert (found.trial.rows, found.trial.rejected) == (3, 2)


def test_a_new_record_needs_more_than_one_that_is_stored(tmp_path: Path) -> None:
    found = inspected(tmp_path, "customer number,name", "1,A", "2,")

    assert found.trial.faults == {"name: missing_required": 1}


def test_numbered_lines_of_a_document_are_no_duplicates(tmp_path: Path) -> None:
    header = "invoice number,date,quantity,price"

    found = inspected(tmp_path, header, "1,2025-01-31,1,2.50", "1,2025-01-31,1,2.50", entity="sales")

    assert found.trial.rejected == 0


def test_the_last_name_of_a_path_is_a_name(tmp_path: Path) -> None:
    found = inspected(tmp_path, "id,path", "1,Car parts", "2,Car parts > Brakes", entity="categories")

    assert found.trial.rejected == 0


def test_a_refusal_is_told_with_its_reason(tmp_path: Path) -> None:
    found = inspected(tmp_path, "address id,street", "1,Main 5", entity="addresses")

    assert found.trial.refusal
    assert "customer_id" in " ".join(found.notes)
