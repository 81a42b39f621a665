"""A person with a mark in every personal column is planted by real imports, forgotten, and looked for everywhere."""

import csv
import email
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from psycopg import sql

from tests.installation import Installation
from wiseparts_pipeline.config.loader import load_configuration
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Entity, Type
from wiseparts_pipeline.home import PROJECT
from wiseparts_pipeline.importing.importer import with_competitors
from wiseparts_pipeline.orchestration.imports import import_asset
from wiseparts_pipeline.orchestration.runtime.storage import DATABASE_URL
from wiseparts_pipeline.transport.embedded import EmbeddedSftp
from wiseparts_pipeline.warehouse import Warehouse
from wiseparts_pipeline.warehouse.embedded import binaries

# In every mark, but for telephone numbers, which have the other.
MARK, NUMBER = "zqperson", "00112233"
PERSON, OTHER = "C1", "C2"
# Of the person's own columns, those that other records are known by when they have no key.
PHONE, EMAIL = f"+30 69 {NUMBER}", f"{MARK}@example.com"


def marked(entity: Entity, column: str) -> str:
    """A value that is nobody else's. The person's own number and address are those of calls and orders too."""
    match column:
        case "phone" | "mobile" | "caller_number" | "called_number":
            return PHONE
        case "email":
            return EMAIL
    return f"{MARK} {entity.name} {column}"


def row(entity: Entity, key: str, customer: str, **changes: str) -> dict[str, str]:
    """A row with a value in each column; of the person if the customer is."""
    values = {column.name: column.example for column in entity.columns}
    values |= {name: "1" if entity[name].type is Type.INT else key for name in entity.key}
    if "customer_id" in entity:
        values["customer_id"] = customer
    for column in entity.personal_columns:
        values[column.name] = marked(entity, column.name) if customer == PERSON else f"other {column.name} of {key}"
    for name, value in (("phone", "2101234567"), ("mobile", ""), ("email", "other@example.com")):
        if name in entity and customer != PERSON:
            values[name] = value
    return values | changes


def content(entity: Entity, *rows: dict[str, str]) -> str:
    output = StringIO()
    writer = csv.DictWriter(output, entity.column_names)
    writer.writeheader()
    writer.writerows(rows)
    return output.getvalue()


def faulty(entity: Entity) -> dict[str, str]:
    """What makes a row of the entity faulty."""
    name = next(
        column.name
        for column in entity.columns
        if (column.type is not Type.TEXT or column.allowed) and column.name not in entity.key
    )
    return {name: "?"}


@dataclass(frozen=True)
class Site:
    """An installation whose files are on an SFTP server, and everything that it keeps."""

    installation: Installation
    warehouse: Warehouse
    server: EmbeddedSftp

    def put(self, entity: str, name: str, text: str) -> None:
        (self.server.root / entity / name).write_text(text)

    def run(self, *arguments: object, status: int = 0) -> Any:
        done = self.installation.run(*arguments, "--json")
        assert done.status == status, done.out + done.err
        return json.loads(done.out)

    def query(self, query: str) -> list[tuple[Any, ...]]:
        with self.warehouse.connect() as connection:
            return connection.execute(query.encode()).fetchall()

    def everything(self) -> dict[str, str]:
        """The text of the database, table by table, and of each file of the state folder and the server."""
        dump = subprocess.run(
            [binaries() / "pg_dump", f"--dbname={self.warehouse.url}"], capture_output=True, text=True, check=True
        )
        places = {"database " + part.splitlines()[0]: part for part in dump.stdout.split("\n--\n-- ") if part.strip()}
        for mail_id, message in self.query("select mail_id, message from ops.outbox where message is not null"):
            parts = [part.get_payload(decode=True) for part in email.message_from_bytes(message).walk()]
            places[f"mail {mail_id}"] = b" ".join(part for part in parts if isinstance(part, bytes)).decode()
        # The most frequent values of each column, which are in no dump.
        places["statistics"] = str(self.query("select * from pg_stats where schemaname not like 'pg\\_%'"))
        home = self.installation.folder / "home"
        for root in (home, home / "dbt" / "logs", self.server.root):
            for path in root.rglob("*"):
                if path.is_file():
                    places[str(path)] = path.read_text(encoding="latin-1")
        return places

    def marks(self) -> list[str]:
        """Where something of the person is."""
        return sorted(
            place for place, text in self.everything().items() if MARK in (place + text).lower() or NUMBER in text
        )

    def totals(self) -> dict[str, Any]:
        """The number of rows and the sum of each number, of every mart."""
        with self.warehouse.connect() as connection:
            columns = connection.execute(
                """
                select table_name, array_agg(column_name::text order by column_name)
                    filter (where data_type in ('numeric', 'bigint', 'integer', 'double precision'))
                from information_schema.columns inner join information_schema.tables using (table_schema, table_name)
                where table_schema = 'marts' and table_type = 'BASE TABLE' group by table_name
                """
            ).fetchall()
            return {
                table: connection.execute(
                    sql.SQL("select count(*), {} from {}").format(
                        sql.SQL(", ").join(sql.SQL("sum({})").format(sql.Identifier(name)) for name in names or ()),
                        sql.Identifier("marts", table),
                    )
                    if names
                    else sql.SQL("select count(*) from {}").format(sql.Identifier("marts", table))
                ).fetchone()
                for table, names in columns
            }


@pytest.fixture
def site(warehouse: Warehouse, tmp_path: Path, dbt_target: Path) -> Iterator[Site]:
    installation = Installation(
        tmp_path,
        {
            "WISEPARTS_DATABASE_URL": warehouse.url,
            "WISEPARTS_SMTP_URL": "smtp://127.0.0.1:1",
            "WISEPARTS_MAIL_FROM": "parts@example.com",
        },
    )
    installation.share_parsed(dbt_target)
    with EmbeddedSftp.running(tmp_path / "server", ENTITIES) as server:
        given = {"host": server.host, "port": server.port, "username": "wiseparts", "private_key": str(server.key)}
        installation.source("erp", protocol="sftp", **given, known_hosts=str(server.known_hosts), settle_seconds=0)
        for name in ENTITIES:
            notify = {"to": ["erp@example.com"], "when": "problems"}
            installation.importer(
                name, source="erp", folder=name, mode="upsert", reject_limit_percent=100, notify=notify
            )
        yield Site(installation, warehouse, server)


@pytest.fixture
def exports() -> dict[str, str]:
    """By entity, a full export in which the person has good rows and rejected ones of each kind."""
    texts = {}
    for name, entity in ENTITIES.items():
        is_about = entity.person is not None and entity.person.entity == "customers"
        rows = [row(entity, f"{name}-1", PERSON if is_about else OTHER), row(entity, f"{name}-2", OTHER)]
        if is_about:
            rows.append(row(entity, f"{name}-3", PERSON, **faulty(entity)))
            if name != "customers":
                # Only the database finds that there are two, and no key leads to the person.
                rows += [row(entity, f"{name}-4", PERSON)] * 2
        if name in ("calls", "orders", "online_activity"):
            anonymous = row(entity, f"{name}-5", PERSON, customer_id="")
            rows.append(
                anonymous | ({"caller_number": f"003069{NUMBER}", "called_number": ""} if name == "calls" else {})
            )
        texts[name] = content(entity, *rows)
        if is_about and entity.personal_columns:
            # A row that cannot be split into its columns.
            texts[name] += ",".join([PERSON, *(marked(entity, each.name) for each in entity.personal_columns)]) + "\n"
    return texts


def import_all(site: Site, exports: dict[str, str], name: str) -> None:
    for entity, text in exports.items():
        site.put(entity, name, text)
    # Those about the person come before the customer, and some wait.
    for names in (["contacts", "addresses", "customer_branches"], []):
        assert site.installation.run("import", *names).status == 3


def import_in_dagster(site: Site, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Imports customers in a run whose events are in the warehouse."""
    for name, value in site.installation.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WISEPARTS_HOME", str(site.installation.folder / "home"))
    monkeypatch.setenv("DAGSTER_HOME", str(folder))
    monkeypatch.setenv(DATABASE_URL, site.warehouse.dagster_url())
    folder.mkdir()
    (folder / "dagster.yaml").write_bytes((PROJECT / "dagster.yaml").read_bytes())
    configuration = load_configuration(site.installation.folder / "defs")
    importer = with_competitors(configuration.importers.values(), configuration.sources)["customers"]
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        assert dg.materialize([import_asset(ENTITIES["customers"], [importer])], instance=instance).success


def test_a_forgotten_person_is_nowhere(
    site: Site, exports: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import_all(site, exports, "first.csv")
    site.put("customers", "second.csv", exports["customers"])
    import_in_dagster(site, monkeypatch, tmp_path / "dagster")
    assert site.installation.run("build").status == 0
    with site.warehouse.connect(autocommit=True) as connection:
        connection.execute("analyze")
    log = tmp_path / "home" / "logs" / "program-faults.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text(f"a line\nValueError: {EMAIL}\nanother\n")
    before, totals = site.marks(), site.totals()
    for place in ("raw", "snapshots", "marts", "dagster", "ops", "mail", "statistics", "errors", "processed"):
        assert any(place in each for each in before), place

    planned = site.run("forget", "customers", PERSON, "--dry-run")
    assert site.marks() == before
    done = site.run("forget", "customers", PERSON, "--yes")

    assert site.marks() == []
    assert site.totals() == totals
    assert (planned["rows"], planned["removed_files"]) == (done["rows"], done["removed_files"])
    assert log.read_text() == "a line\nValueError: (forgotten)\nanother\n"
    assert (site.server.root / "sales" / "processed" / "first.csv").exists()

    import_all(site, exports, "third.csv")
    assert [place for place in site.marks() if "/processed/" not in place] == []
    assert site.query("select sum(rows_created), sum(rows_updated) from ops.import_files where name = 'third.csv'") == [
        (0, 0)
    ]
    site.run("forget", "customers", PERSON, "--yes")
    assert site.marks() == []
    assert site.totals() == totals
