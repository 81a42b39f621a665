"""A scalar in YAML means the text that stands there, for the command line and for Dagster alike."""

from pathlib import Path
from types import ModuleType

import dagster as dg
import pytest
from dagster_shared.yaml_utils import parse_yamls_with_source_position
from hypothesis import given, settings
from hypothesis import strategies as st
from yaml import YAMLError

from wiseparts_pipeline.components import FileImporter
from wiseparts_pipeline.config.documents import read_documents
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import IMPORTER_TYPE, SOURCE_TYPE, load_configuration
from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.home import PROJECT

SOURCE = f"type: {SOURCE_TYPE}\nattributes: {{name: erp, protocol: local, root: /srv, settle_seconds: 0}}\n"
IMPORTER = f"type: {IMPORTER_TYPE}\nattributes:\n  entity: customers\n  source: erp\n  pattern: '*.csv'\n"
SCALARS = [
    *("No", "NO", "no", "on", "On", "off", "yes", "Y", "y", "n", "true", "False"),
    *("1.0", "1.50", "00123", "0123", "12:30", "1_000", "0x10", "0b1", "0o17", "1e3", "1E5", ".5", "5.", "-0", "+1"),
    *("2025-01-31", "2025-01-31 10:00:00", "2025-02-31", ".inf", ".nan", "~x", "N/A", "café", "No.", "a b"),
]


def loaded(tmp_path: Path, *lines: str) -> ImporterSettings:
    (tmp_path / "defs.yaml").write_text("---\n".join([SOURCE, IMPORTER + "".join(f"  {line}\n" for line in lines)]))
    return load_configuration(tmp_path).importer("customers")


def refused(tmp_path: Path, text: str) -> str:
    (tmp_path / "defs.yaml").write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        load_configuration(tmp_path)
    return str(raised.value)


@pytest.mark.parametrize("scalar", SCALARS)
def test_a_scalar_is_the_text_that_stands_there(tmp_path: Path, scalar: str) -> None:
    settings = loaded(
        tmp_path,
        f"file: {{header: false, names: [{scalar}, name], null_values: [{scalar}],",
        f"  true_values: [{scalar}], false_values: [zz]}}",
        "columns:",
        f"  customer_id: {scalar}",
        f"  name: {{from: {scalar}, map: {{{scalar}: {scalar}}}, default: {scalar}}}",
        f"  language: {{constant: {scalar}}}",
        f"join: [{{pattern: 'x', on: {{{scalar}: {scalar}}}, file: {{names: [{scalar}, z]}}}}]",
    )
    assert (settings.file.names[0], settings.file.null_values, settings.file.true_values) == (
        scalar,
        (scalar,),
        (scalar,),
    )
    rules = settings.columns
    assert (rules["customer_id"].from_, rules["language"].constant) == (scalar, scalar)
    assert (rules["name"].from_, rules["name"].map, rules["name"].default) == (scalar, {scalar: scalar}, scalar)
    assert settings.join[0].on == {scalar: scalar}


def test_countries_are_not_truth_values(tmp_path: Path) -> None:
    rule = loaded(tmp_path, "columns: {country_code: {from: Country, map: {Norway: NO, Sverige: SE}}}").columns
    assert rule["country_code"].map == {"Norway": "NO", "Sverige": "SE"}


def test_attributes_that_are_no_text_are_what_they_were(tmp_path: Path) -> None:
    found = loaded(tmp_path, "on_arrival: no", "schedule: ~", "reject_limit_percent: 7.5", "file: {skip_lines: 3}")
    assert (found.on_arrival, found.schedule, found.reject_limit_percent, found.file.skip_lines) == (
        False,
        None,
        7.5,
        3,
    )


@pytest.mark.parametrize("written", ["NULL", "null", "~"])
def test_null_is_a_text_in_a_list_and_as_a_key(tmp_path: Path, written: str) -> None:
    found = loaded(
        tmp_path, f"file: {{null_values: [{written}]}}", f"columns: {{name: {{from: a, map: {{{written}: x}}}}}}"
    )
    assert found.file.null_values == (written,)
    assert found.columns["name"].map == {written: "x"}


@pytest.mark.parametrize("written", ["NULL", "null", "~", ""])
def test_a_text_that_is_left_open_is_refused(tmp_path: Path, written: str) -> None:
    text = f"{IMPORTER}  columns: {{name: {{from: a, map: {{x: {written}}}}}}}\n"
    assert "attributes.columns.name.map.x: is empty; write" in refused(tmp_path, text)
    assert "in quotes" in refused(tmp_path, text)


@pytest.mark.parametrize("written", ["=", "0x_", "-0b__"])
def test_what_dagster_could_not_read_is_to_be_put_in_quotes(tmp_path: Path, written: str) -> None:
    message = refused(tmp_path, f"{IMPORTER}  columns: {{name: {written}}}\n")
    assert f"cannot be read as YAML in line 6: put {written} in quotes" in message
    assert read_documents(f"a: '{written}'") == [{"a": written}]


@given(scalar=st.text("0123456789_:.-+exXbonyfNYOF~=<", min_size=1, max_size=6))
@settings(max_examples=400, deadline=None)
def test_dagster_reads_whatever_we_read(scalar: str) -> None:
    text = f"a: {{k: [{scalar}]}}\n"
    try:
        documents = read_documents(text)
    except YAMLError:
        return
    assert len(parse_yamls_with_source_position(text)) == len(documents)


@pytest.mark.parametrize("text", [f"{SOURCE}---\n", f"{SOURCE}---\n---\n{IMPORTER}", "# nothing\n", ""])
def test_a_file_or_a_part_of_it_without_a_component_is_refused(tmp_path: Path, text: str) -> None:
    assert "has no component in it; take it out" in refused(tmp_path, text)


def test_dagster_sees_the_same_text_in_each_of_several_components_of_a_file(tmp_path: Path) -> None:
    second = IMPORTER.replace("'*.csv'", "'*.txt'") + "  name: other\n  columns: {name: {from: off, default: 1.0}}\n"
    (tmp_path / "defs.yaml").write_text(
        f"---\n{SOURCE}---\n{IMPORTER}  columns: {{customer_id: No, name: {{from: on, map: {{off: NO, 01: 1_0}}}}}}\n"
        f"---\n{second}"
    )
    module = ModuleType("wiseparts_pipeline.defs")
    module.__file__ = None
    module.__path__ = [str(tmp_path)]
    tree = dg.ComponentTree.from_module(module, project_root=PROJECT)
    found = {each.settings.name: each.settings for each in tree.get_all_components(FileImporter)}
    assert found == load_configuration(tmp_path).importers
