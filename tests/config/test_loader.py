"""Each configuration error is one line with the file, the attribute and what is allowed; none shows a secret."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from wiseparts_pipeline.config.importer import Mode
from wiseparts_pipeline.config.loader import (
    ALERTS_TYPE,
    IMPORTER_TYPE,
    RETENTION_TYPE,
    SOURCE_TYPE,
    Configuration,
    load_configuration,
)
from wiseparts_pipeline.config.records.duplicates import Duplicates
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Policy
from wiseparts_pipeline.errors import ConfigurationError

FINGERPRINT = "SHA256:" + "A" * 43
SOURCE = {"name": "erp", "protocol": "local", "root": "/srv/erp"}
SERVER = {"name": "erp", "protocol": "sftp", "host": "h", "username": "u", "password": "p", "host_key": FINGERPRINT}
IMPORTER = {"entity": "sales", "source": "erp", "folder": "Sales", "pattern": "SALES_{date}*.csv"}


def component(folder: Path, type_: str, attributes: Mapping[str, Any] | str) -> Path:
    path = folder / "defs.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    text = (
        attributes if isinstance(attributes, str) else yaml.safe_dump({"type": type_, "attributes": dict(attributes)})
    )
    path.write_text(text, encoding="utf-8")
    return path


def configured(tmp_path: Path, source: Mapping[str, Any] | str = SOURCE, importer: Any = IMPORTER) -> Configuration:
    component(tmp_path / "erp", SOURCE_TYPE, source)
    component(tmp_path / "sales", IMPORTER_TYPE, importer)
    return load_configuration(tmp_path)


def configuration_error(tmp_path: Path, **parts: Any) -> str:
    with pytest.raises(ConfigurationError) as raised:
        configured(tmp_path, **parts)
    return str(raised.value)


@pytest.mark.parametrize(
    ("changed", "place", "expected"),
    [
        ({"patern": "x"}, "patern", "unknown attribute; allowed: entity, name, source, folder, pattern, date_format"),
        ({"file": {"delimeter": ";"}}, "file.delimeter", "unknown attribute; allowed: format, encoding, delimiter"),
        ({"columns": {"channel": {"fro": "x"}}}, "columns.channel.fro", "unknown attribute; allowed: from, template"),
        (
            {"join": [{"pattern": "x", "on": {"a": "b"}, "files": {}}]},
            "join.0.files",
            "unknown attribute; allowed: pattern, on, file",
        ),
        (
            {"fill_down": {"within": "invoice_id", "columns": ["channel"], "witin": "x"}},
            "fill_down.witin",
            "unknown attribute; allowed: within, columns",
        ),
        ({"entity": "sale"}, "entity", "'sale' is not an entity; allowed: sales_reps, customers"),
        ({"entity": None}, "entity", "must be a valid string"),
        ({"name": "my sales"}, "name", "'my sales' is not a name; use letters, digits and _"),
        ({"source": "crm"}, "source", "'crm' is not a source; allowed: erp"),
        ({"folder": "../etc"}, "folder", "'..' is not allowed"),
        ({"pattern": "a/*.csv"}, "pattern", "the folder goes into `folder`"),
        ({"pattern": "{day}.csv"}, "pattern", "may have one {date} and no other braces"),
        ({"pattern": "{date}{date}.csv"}, "pattern", "may have one {date}"),
        ({"date_format": "yyyy-mm-dd"}, "date_format", "'yyyy-mm-dd' is not a date format"),
        ({"date_format": "%d %Q"}, "date_format", "is not a date format"),
        ({"schedule": "0 25 * * *"}, "schedule", "'0 25 * * *' is not a cron schedule; write minute hour day"),
        ({"schedule": "hourly"}, "schedule", "is not a cron schedule"),
        ({"schedule": "0 0 6 * * *"}, "schedule", "is not a cron schedule"),
        ({"timezone": "Europe/Athen"}, "timezone", "'Europe/Athen' is not a time zone"),
        ({"mode": "merge"}, "mode", "'upsert', 'snapshot' or 'append'"),
        ({"protect": ["colour"]}, "protect", "'colour' is not a column of sales; allowed: invoice_date"),
        ({"protect": ["invoice_id"]}, "protect", "'invoice_id' is not a column of sales; allowed: invoice_date"),
        ({"protect": "channel"}, "protect", "must be a valid tuple"),
        ({"shrink_limit_percent": 101}, "shrink_limit_percent", "less than or equal to 100"),
        ({"shrink_limit_percent": "much"}, "shrink_limit_percent", "must be a valid number"),
        ({"join": [{"pattern": "x"}]}, "join.0.on", "is missing"),
        ({"join": [{"pattern": "x", "on": {}}]}, "join.0.on", "at least 1 item"),
        ({"notify": {"to": ["a@example.com", "erp team"]}}, "notify.to.1", "'erp team' is not an e-mail address"),
        ({"notify": {"to": []}}, "notify.to", "at least 1 item"),
        ({"notify": {"to": "a@example.com", "when": "daily"}}, "notify.when", "'always', 'problems' or 'never'"),
        ({"duplicates": "keep"}, "duplicates", "'reject', 'first' or 'last'"),
        ({"duplicates": {"keep": "reject"}}, "duplicates.keep", "'first' or 'last'"),
        ({"duplicates": {"add": []}}, "duplicates.add", "unknown attribute; allowed: keep, prefer, fill, sum"),
        ({"duplicates": {"sum": ["channel"]}}, "duplicates.sum", "'channel' cannot be used here; allowed: quantity"),
        ({"duplicates": {"latest": ["quantity"]}}, "duplicates.latest", "allowed: invoice_date"),
        ({"duplicates": {"fill": ["line_no"]}}, "duplicates.fill", "'line_no' cannot be used here"),
        ({"duplicates": {"prefer": {"channel": []}}}, "duplicates.prefer", "channel needs a list of its values"),
        (
            {"duplicates": {"prefer": {"document_type": ["bill"]}}},
            "duplicates.prefer.document_type",
            "'bill' is not a value of document_type; allowed: invoice, credit_note",
        ),
        ({"duplicates": {"sum_once_per": "channel"}}, "duplicates", "`sum_once_per` goes with `sum`"),
        ({"duplicates": {}, "mode": "append"}, "duplicates", "with `mode: upsert` only, not with append"),
        ({"protect": {"log": ["colour"]}}, "protect.log", "'colour' is not a column of sales"),
        ({"reject_limit_percent": 101}, "reject_limit_percent", "less than or equal to 100"),
        (
            {"references": {"colour": "warn"}},
            "references",
            "'colour' is not a reference of sales; allowed: customer_id",
        ),
        ({"references": {"product_id": "ignore"}}, "references.product_id", "'reject', 'wait' or 'warn'"),
        ({"unpivot": {"columns": "Q.", "name": "quarter"}}, "unpivot", "write either `columns` with `value`, or"),
        ({"unpivot": {"name": "q", "value": "v"}}, "unpivot", "write either `columns` with `value`, or"),
        ({"unpivot": {"columns": "Q.", "name": "v", "value": "v"}}, "unpivot", "'v' is named twice"),
        ({"unpivot": {"columns": ["a", "a"], "name": "q", "value": "v"}}, "unpivot", "has 'a' more than once"),
        (
            {"unpivot": {"columns": "(.)(.)", "name": "q", "value": "v"}},
            "unpivot.columns",
            "has 2 groups; it needs one",
        ),
        ({"unpivot": {"columns": "(", "name": "q", "value": "v"}}, "unpivot.columns", "not a regular expression"),
        ({"unpivot": {"values": {"v": "("}, "name": "q"}}, "unpivot.values.v", "not a regular expression"),
        (
            {"unpivot": {"columns": "Q.", "name": "q", "value": "v"}, "file": {"format": "jsonl", "rows_in": "lines"}},
            "unpivot",
            "not of both",
        ),
        ({"file": {"format": "xml", "row_element": "Line", "rows_in": "lines"}}, "file", "goes with jsonl, csv"),
        ({"file": {"format": "fixed"}}, "file", "needs `widths`"),
        ({"file": {"format": "xml"}}, "file", "needs `row_element`"),
        ({"file": {"widths": [3]}}, "file", "`widths` does not go with format: csv; it goes with fixed"),
        ({"file": {"format": "doc"}}, "file.format", "'csv', 'xlsx', 'jsonl', 'xml' or 'fixed'"),
        ({"file": {"encoding": "utf-9"}}, "file.encoding", "is not an encoding that Python knows"),
        ({"file": {"encoding": "base64"}}, "file.encoding", "is not an encoding that Python knows"),
        ({"file": {"delimiter": ""}}, "file.delimiter", "at least 1 character"),
        ({"file": {"delimiter": '"'}}, "file", "`quote` is part of `delimiter`"),
        ({"file": {"delimiter": "\n"}}, "file", "`delimiter` ends a row"),
        ({"file": {"quote": "''"}}, "file.quote", "at most 1 character"),
        ({"file": {"quote": "«"}}, "file", "`quote` is '«'; it can be any ASCII character"),
        ({"file": {"header": False}}, "file", "needs the columns named in `names`"),
        ({"file": {"names": ["a"]}}, "file", "`names` is for a file without a header"),
        ({"file": {"header": False, "names": ["a", "b", "a"]}}, "file", "`names` has ['a'] more than once"),
        ({"file": {"ignore_lines": "^(#"}}, "file.ignore_lines", "is not a regular expression"),
        ({"file": {"skip_lines": -1}}, "file.skip_lines", "greater than or equal to 0"),
        ({"file": {"decimal": ",", "thousands": ","}}, "file", "are the same character"),
        ({"file": {"decimal": "5"}}, "file", "`decimal` is '5', which is part of numbers"),
        ({"file": {"date_formats": ["dd/mm/yyyy"]}}, "file.date_formats.0", "write it like %d/%m/%Y"),
        ({"file": {"date_formats": []}}, "file.date_formats", "write at least one format"),
        ({"file": {"true_values": ["x", "1"], "false_values": ["X"]}}, "file", "both have x"),
        (
            {"columns": {"colour": "Colour"}},
            "columns",
            "'colour' is not a column of sales; allowed: invoice_id, line_no",
        ),
        ({"columns": {"channel": {}}}, "columns.channel", "exactly one of from, template, constant"),
        ({"columns": {"channel": None}}, "columns.channel", "write the name of the file's column"),
        ({"columns": {"channel": {"from": "a", "constant": "b"}}}, "columns.channel", "this one has from and constant"),
        ({"columns": {"channel": {"constant": "b", "map": {"a": "b"}}}}, "columns.channel", "map goes with `from`"),
        (
            {"columns": {"channel": {"from": "a", "extract": "("}}},
            "columns.channel.extract",
            "not a regular expression",
        ),
        ({"columns": {"channel": {"from": "a", "extract": "a"}}}, "columns.channel.extract", "has 0 groups; it needs"),
        (
            {"columns": {"channel": {"from": "a", "map": {"b": None}}}},
            "columns.channel.map.b",
            "put null or ~ in quotes",
        ),
        ({"columns": {"channel": {"from": "a", "separator": ","}}}, "columns.channel.separator", "only a text list"),
        ({"file": {"two_digit_years_from": 65}}, "file.two_digit_years_from", "greater than or equal to 1800"),
        ({"columns": {"channel": {"template": "x"}}}, "columns.channel.template", "names no column"),
        ({"columns": {"channel": {"from": "a", "format": "%d"}}}, "columns.channel.format", "only a date or timestamp"),
        ({"columns": {"line_no": {"from": "a", "format": "%d"}}}, "columns.line_no.format", "made of %H, %M and %S"),
        (
            {"columns": {"line_no": {"from": "a", "format": "%H %H"}}},
            "columns.line_no.format.0",
            "is not a date format",
        ),
        ({"columns": {"line_no": {"from": "a", "format": "epoch"}}}, "columns.line_no.format", "made of %H, %M and %S"),
        (
            {"columns": {"invoice_date": {"from": "a", "format": "d"}}},
            "columns.invoice_date.format.0",
            "not a date format",
        ),
        (
            {"columns": {"channel": {"sequence_within": "invoice_id"}}},
            "columns.channel.sequence_within",
            "needs an int",
        ),
        (
            {"columns": {"line_no": {"sequence_within": "invoice"}}},
            "columns.line_no.sequence_within",
            "allowed: invoice_id",
        ),
        ({"columns": {"net_amount": {"expression": "a +"}}}, "columns.net_amount.expression", "cannot be read"),
        ({"columns": {"net_amount": {"expression": "quantity ** 2"}}}, "columns.net_amount.expression", "nothing else"),
        ({"columns": {"net_amount": {"expression": "[] * 2"}}}, "columns.net_amount.expression", "nothing else"),
        ({"columns": {"net_amount": {"expression": "Unit Price"}}}, "columns.net_amount.expression", "[Unit Price]"),
        (
            {"columns": {"net_amount": {"expression": "channel * 2"}}},
            "columns.net_amount.expression",
            "not a number column",
        ),
        ({"columns": {"channel": {"expression": "quantity"}}}, "columns.channel.expression", "not a number"),
        ({"fill_down": {"within": "invoice_id", "columns": ["colour"]}}, "fill_down", "'colour' is not a column"),
        ({"fill_down": {"within": "invoice_id", "columns": []}}, "fill_down.columns", "at least 1 item"),
        (
            {
                "columns": {"line_no": {"sequence_within": "invoice_id"}},
                "fill_down": {"within": "line_no", "columns": ["channel"]},
            },
            "fill_down",
            "'line_no' is not a column that is read from the file",
        ),
    ],
)
def test_an_error_in_an_importer_names_file_and_attribute(
    tmp_path: Path, changed: dict[str, Any], place: str, expected: str
) -> None:
    message = configuration_error(tmp_path, importer=IMPORTER | changed)
    assert message.startswith(f"{tmp_path / 'sales' / 'defs.yaml'}: attributes.{place}: ")
    assert expected in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("changed", "place", "expected"),
    [
        ({"hostname": "h"}, "hostname", "unknown attribute; allowed: name, protocol, host"),
        ({"name": "my erp"}, "name", "should match pattern"),
        ({"protocol": "smb"}, "protocol", "'smb' is not available yet, allowed: sftp, ftps, ftp, local"),
        ({"protocol": "ftps"}, "host_key", "is for protocol sftp, not ftps"),
        ({"via": {"hst": "x"}}, "via.hst", "unknown attribute; allowed: host, port, username"),
        ({"port": "ssh"}, "port", "must be a valid integer"),
        ({"port": 0}, "port", "greater than or equal to 1"),
        ({"host_key": "aa:bb"}, "host_key", "should match pattern"),
        ({"settle_seconds": -1}, "settle_seconds", "greater than or equal to 0"),
    ],
)
def test_an_error_in_a_source_names_file_and_attribute(
    tmp_path: Path, changed: dict[str, Any], place: str, expected: str
) -> None:
    message = configuration_error(tmp_path, source=SERVER | changed)
    assert message.startswith(f"{tmp_path / 'erp' / 'defs.yaml'}: attributes.{place}: ")
    assert expected in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n- b\n", "a component has `type:` and `attributes:`"),
        ("type: x\n", "a component has `type:` and `attributes:`"),
        ("type: x\nattributes: {}\n", "type: 'x' is unknown; allowed: wiseparts_pipeline.components.FileSource"),
        (f"type: {IMPORTER_TYPE}\nattributes: {{}}\nname: x\n", "name: unknown; allowed: type, attributes"),
        ("type: [\n", "cannot be read as YAML in line 2"),
        (
            f"type: {IMPORTER_TYPE}\nattributes:\n  source: erp\n  source: crm\n",
            "cannot be read as YAML in line 4: source twice",
        ),
    ],
)
def test_a_file_that_is_not_a_component_is_an_error(tmp_path: Path, text: str, expected: str) -> None:
    message = configuration_error(tmp_path, importer=text)
    assert message.startswith(f"{tmp_path / 'sales' / 'defs.yaml'}: ")
    assert expected in message


def test_all_errors_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    message = configuration_error(
        tmp_path, source=SOURCE | {"port": "x"}, importer=IMPORTER | {"entity": "x", "schedule": "x"}
    )
    assert [line.split(": ")[1] for line in message.splitlines()] == [
        "attributes.port",
        "attributes.entity",
        "attributes.schedule",
    ]


def test_two_importers_with_the_same_files_or_name_are_an_error(tmp_path: Path) -> None:
    component(tmp_path / "other", IMPORTER_TYPE, IMPORTER)
    message = configuration_error(tmp_path)
    assert "attributes.name: 'sales' is taken by" in message
    component(tmp_path / "other", IMPORTER_TYPE, IMPORTER | {"name": "other"})
    assert "matches the same files in the same folder" in configuration_error(tmp_path)


@pytest.mark.parametrize(
    ("type_", "attributes"),
    [(SOURCE_TYPE, SOURCE | {"name": "wiseparts_api"}), (IMPORTER_TYPE, IMPORTER | {"name": "wiseparts_api_orders"})],
)
def test_the_names_of_the_http_service_are_taken(tmp_path: Path, type_: str, attributes: dict[str, Any]) -> None:
    component(tmp_path / "other", type_, attributes)
    expected = f"attributes.name: {attributes['name']!r} is that of what is created over the HTTP service"
    assert expected in configuration_error(tmp_path)


def test_there_is_one_retention(tmp_path: Path) -> None:
    component(tmp_path / "kept", RETENTION_TYPE, {"logs": "7d"})
    retention = configured(tmp_path).retention
    assert (retention.logs, retention.mails) == ("7d", "90d")
    component(tmp_path / "more", RETENTION_TYPE, {})
    assert f"type: there is one already in {tmp_path / 'kept'}" in configuration_error(tmp_path)


def test_who_is_alerted_is_one_component_with_defaults(tmp_path: Path) -> None:
    assert configured(tmp_path).alerts.to == ()
    component(tmp_path / "alerts", ALERTS_TYPE, {"to": "ops@example.com", "disk_gb": 20})
    alerts = configured(tmp_path).alerts
    assert (alerts.to, alerts.disk_gb, alerts.outage_after) == (("ops@example.com",), 20, "15m")
    component(tmp_path / "more", ALERTS_TYPE, {})
    assert f"type: there is one already in {tmp_path / 'alerts'}" in configuration_error(tmp_path)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"to": ["ops"]}, "attributes.to.0: 'ops' is not an e-mail address; write it like erp-team@example.com"),
        ({"outage_after": "soon"}, "attributes.outage_after: 'soon' is not an age"),
        ({"disk_gb": -1}, "attributes.disk_gb: must be greater than 0, not '-1'"),
        ({"disk": 5}, "attributes.disk: unknown attribute; allowed: to, outage_after, disk_gb"),
    ],
)
def test_wrong_settings_of_alerts_say_what_is_allowed(tmp_path: Path, attributes: dict[str, Any], message: str) -> None:
    component(tmp_path / "alerts", ALERTS_TYPE, attributes)
    assert message in configuration_error(tmp_path)


@pytest.mark.parametrize(
    ("named", "known"),
    [("que_log", "queue_log"), ("queue_logs", "queue_log"), ("cdr", "queue_log"), ("orders", "queue_log")],
)
def test_an_importer_in_protect_that_nothing_is_protected_from_is_an_error(
    tmp_path: Path, named: str, known: str
) -> None:
    calls = {"entity": "calls", "source": "erp", "pattern": "*.csv"}
    component(tmp_path / "source", SOURCE_TYPE, SOURCE)
    component(tmp_path / "cdr", IMPORTER_TYPE, calls | {"name": "cdr", "folder": "a", "protect": {named: ["queue"]}})
    component(tmp_path / "log", IMPORTER_TYPE, calls | {"name": "queue_log", "folder": "b", "duplicates": {"sum": []}})
    component(tmp_path / "orders", IMPORTER_TYPE, IMPORTER | {"name": "orders"})
    with pytest.raises(ConfigurationError, match=rf"attributes.protect.{named}: there is no .* there are: {known}$"):
        load_configuration(tmp_path)


def test_an_importer_in_protect_may_be_left_out_of_the_configuration(tmp_path: Path) -> None:
    calls = {"entity": "calls", "source": "erp", "pattern": "*.csv", "protect": {"queue_log": ["queue"]}}
    component(tmp_path / "source", SOURCE_TYPE, SOURCE)
    component(tmp_path / "cdr", IMPORTER_TYPE, calls | {"name": "cdr"})
    assert list(load_configuration(tmp_path).importers) == ["cdr"]


def test_an_importer_in_protect_that_combines_rows_is_none(tmp_path: Path) -> None:
    calls = {"entity": "calls", "source": "erp", "pattern": "*.csv", "duplicates": {"sum": []}}
    component(tmp_path / "source", SOURCE_TYPE, SOURCE)
    component(tmp_path / "cdr", IMPORTER_TYPE, calls | {"name": "cdr", "folder": "a", "protect": {"log": ["queue"]}})
    component(tmp_path / "log", IMPORTER_TYPE, calls | {"name": "log", "folder": "b", "protect": {"cdr": ["queue"]}})
    assert list(load_configuration(tmp_path).importers) == ["cdr", "log"]


def test_importers_of_different_entities_may_have_the_same_files(tmp_path: Path) -> None:
    component(tmp_path / "quotes", IMPORTER_TYPE, IMPORTER | {"entity": "quotes"})
    assert set(configured(tmp_path).importers) == {"sales", "quotes"}
    component(tmp_path / "quotes", IMPORTER_TYPE, IMPORTER | {"entity": "quotes", "date_format": "%d.%m.%y"})
    assert "give both the same `date_format`" in configuration_error(tmp_path)


@pytest.mark.parametrize("folder", ["", "missing"])
def test_a_folder_without_configuration_is_an_error(tmp_path: Path, folder: str) -> None:
    with pytest.raises(ConfigurationError, match=r"defs\.yaml"):
        load_configuration(tmp_path / folder)


def test_variables_are_replaced_and_stay_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_PASSWORD", "0123")
    monkeypatch.setenv("ERP_PORT", "2222")
    monkeypatch.delenv("ERP_USER", raising=False)
    source = SERVER | {
        "password": "{{ env.ERP_PASSWORD }}",
        "port": "{{env('ERP_PORT')}}",
        "username": "{{ env('ERP_USER', 'erp') }}",
        "root": '/{{ env("ERP_USER", "a b") }}/{{ env.ERP_PORT }}',
    }
    settings = configured(tmp_path, source=source).sources["erp"]
    assert settings.password is not None
    assert settings.password.get_secret_value() == "0123"
    assert (settings.port, settings.username, settings.root) == (2222, "erp", "/a b/2222")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{{ env.ERP_NOWHERE }}", "the environment variable ERP_NOWHERE is not set"),
        ("{{ env('ERP_NOWHERE') }}", "the environment variable ERP_NOWHERE is not set"),
        ("{{ env }}", "braces can hold {{ env.NAME }}"),
        ("{{ 1 / 0 }}", "braces can hold {{ env.NAME }}"),
        ("{{ env.HOME.secret }}", "braces can hold {{ env.NAME }}"),
    ],
)
def test_an_error_in_a_variable_names_the_attribute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, expected: str
) -> None:
    monkeypatch.delenv("ERP_NOWHERE", raising=False)
    message = configuration_error(tmp_path, importer=IMPORTER | {"file": {"names": ["a", written]}})
    assert message.startswith(f"{tmp_path / 'sales' / 'defs.yaml'}: attributes.file.names[1]: ")
    assert expected in message


@pytest.mark.parametrize(
    "source",
    [
        SERVER | {"password": 1234567, "port": "x"},
        SERVER | {"password": ["s3cret 1234567"]},
        SERVER | {"password": "{{ s3cret 1234567 }}"},
        SERVER | {"password": "s3cret 1234567", "pasword": "s3cret 1234567"},
        SERVER | {"private_key_passphrase": {"s3cret": 1234567}},
        SERVER | {"password": "s3cret 1234567", "host": None},
        f"type: {SOURCE_TYPE}\nattributes:\n  password: 's3cret 1234567' x\n",
        f'type: {SOURCE_TYPE}\nattributes:\n  password: "s3cret 1234567\n  port: 22\n',
    ],
    ids=str,
)
def test_no_message_shows_a_secret(tmp_path: Path, source: Any) -> None:
    message = configuration_error(tmp_path, source=source)
    assert "s3cret" not in message
    assert "1234567" not in message


def test_text_that_yaml_reads_as_another_type_stays_text(tmp_path: Path) -> None:
    text = """
    type: wiseparts_pipeline.components.FileImporter
    attributes:
      entity: sales
      source: erp
      pattern: "*.csv"
      file: {delimiter: '\\t', null_values: [0, 1.5, 2025-01-31], header: false, names: [1, b]}
      columns:
        channel: 1
        document_type: {from: b, map: {0: invoice, 1: credit_note}, default: 0}
        currency: {constant: 978}
    """
    settings = configured(tmp_path, importer=text).importers["sales"]
    assert settings.file.delimiter == "\t"
    assert settings.file.null_values == ("0", "1.5", "2025-01-31")
    assert settings.columns["channel"].from_ == "1"
    assert settings.columns["document_type"].map == {"0": "invoice", "1": "credit_note"}
    assert (settings.columns["document_type"].default, settings.columns["currency"].constant) == ("0", "978")


def test_an_importer_without_optional_attributes_has_the_defaults(tmp_path: Path) -> None:
    configuration = configured(tmp_path, importer={"entity": "due_docs", "source": "erp", "pattern": "*.csv"})
    settings = configuration.importer("due_docs")
    assert configuration.source_of(settings) is configuration.sources["erp"]
    assert configuration.importers_of("erp") == [settings]
    assert settings.policy("customer_id") is Policy.WARN
    assert (settings.file.encoding, settings.timezone, settings.reject_limit_percent) == ("utf-8", "UTC", 50)
    assert (settings.shrink_limit_percent, settings.duplicates, settings.protect) == (30, Duplicates.REJECT, ())


@pytest.mark.parametrize("entity", ENTITIES)
def test_only_due_docs_and_inventory_are_snapshots_by_default(tmp_path: Path, entity: str) -> None:
    importer = {"entity": entity, "source": "erp", "pattern": "*.csv"}
    expected = Mode.SNAPSHOT if entity in ("due_docs", "inventory") else Mode.UPSERT
    assert configured(tmp_path, importer=importer).importer(entity).mode is expected
    for mode in Mode:
        assert configured(tmp_path, importer=importer | {"mode": mode.value}).importer(entity).mode is mode


@pytest.mark.parametrize("policy", Policy)
def test_an_importer_can_set_the_policy_for_a_missing_reference(tmp_path: Path, policy: Policy) -> None:
    importer = IMPORTER | {"references": {"product_id": policy.value}}
    settings = configured(tmp_path, importer=importer).importer("sales")
    assert settings.policy("product_id") is policy
    assert settings.policy("customer_id") is Policy.WARN


def test_an_unknown_importer_is_an_error_that_lists_the_importers(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no importer 'sale'; there are: sales"):
        configured(tmp_path).importer("sale")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ([], "pattern: write a pattern, or a list of different ones"),
        (["A.csv", "A.csv"], "pattern: write a pattern, or a list of different ones"),
        (["A.csv", "B/C.csv"], "the folder goes into `folder`"),
        ([""], "pattern"),
    ],
)
def test_a_list_of_patterns_has_different_ones(tmp_path: Path, pattern: list[str], expected: str) -> None:
    assert expected in configuration_error(tmp_path, importer=IMPORTER | {"pattern": pattern})
