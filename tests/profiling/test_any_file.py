"""Any file is inspected, or a message says why not; the YAML can always be loaded."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wiseparts_pipeline.config.documents import parse
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.profiling.errors import InspectionError
from wiseparts_pipeline.profiling.inspection import inspect

ALPHABET = "ab1.,;|\t\"'\n\r{}[]<>&#:%-–€äΑ \x00\ufeff?*!\\/_"


def loads(path: Path) -> bool:
    """Whether the file can be inspected; raises if its proposal cannot be loaded."""
    try:
        found = inspect(path)
    except InspectionError:
        return False
    parse(ImporterSettings, path, yaml.safe_load(found.yaml)["attributes"])
    return True


@given(data=st.one_of(st.binary(max_size=300), st.text(ALPHABET, max_size=300).map(str.encode)))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_inspected_or_refused_with_a_message(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(data)

    loads(path)


@given(header=st.lists(st.text(ALPHABET.replace("\n", "").replace("\r", ""), max_size=6), min_size=2, max_size=5))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_column_names_give_valid_yaml(tmp_path: Path, header: list[str]) -> None:
    path = tmp_path / "customers.csv"
    quoted = ['"' + name.replace('"', '""') + '"' for name in header]
    path.write_text(f"customer number;{';'.join(quoted)}\n1{';x' * len(header)}\n", encoding="utf-8")

    loads(path)


@pytest.mark.parametrize("data", [b"a", b"a\n", b"a;b;c", b"\n\n\n", b"a;b\n\n\n", b";;;\n;;;\n", b'a;b\n"1;2\n3;4\n'])
def test_a_nearly_empty_file_is_not_an_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "hardly.csv"
    path.write_bytes(data)

    loads(path)


def test_only_the_beginning_of_a_large_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    line = "R1;31.12.2025;2;3,50\n"
    with path.open("w", encoding="ascii") as file:
        file.write("Rechnungsnr;Datum;Menge;Preis\n")
        file.write(line * 1_000_000)

    found = inspect(path)

    assert found.sampled == 10_000
    assert found.facts["encoding"].value == "utf-8"


def test_an_umlaut_far_into_the_file_still_determines_the_encoding(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    line = "1;Schmidt\n"
    path.write_bytes(("Kundennr;Name\n" + line * 1_000_000 + "2;Müller\n").encode("cp1252"))

    assert inspect(path).facts["encoding"].value == "cp1252"
