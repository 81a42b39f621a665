"""`wiseparts dev`: files dropped on its SFTP server, seen through Dagster's web server."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import psycopg
import pytest

from tests.conftest import memory
from tests.development import free_port, running_dev
from tests.installation import WISEPARTS, Installation
from tests.measuring import measured_alone
from tests.orchestration.graphql import Dagster, metadata
from tests.waiting import eventually
from wiseparts_pipeline.home import PACKAGE, home
from wiseparts_pipeline.importing.ledger.table import lock_name
from wiseparts_pipeline.transport.embedded import EmbeddedSftp
from wiseparts_pipeline.warehouse import Warehouse, embedded
from wiseparts_pipeline.warehouse.locks import BUILD_LOCK, only_one

PATIENCE_SECONDS = 240
# Asking Dagster's web server keeps a core busy, which the imports and builds need.
POLL_SECONDS = 0.5

# The first file of each entity. All are there from the start, so that their imports lead to one build and not to many.
FILES = {
    "Collections/COLLECTIONS_01_02_2026.csv": "collection_id,name\nW,Winter\n",
    "Customers/CUSTOMERS_01_02_2026.csv": "customer_id,name\nC1,Bolt & Sons\nC2,Nut Ltd\n",
    "Calls/CALLS_01_02_2026.csv": (
        "call_id,started_at,direction,disposition\n"
        "T1,2026-02-01 10:00:00,inbound,lost\n"
        "T2,2026-02-01 11:00:00,inbound,busy\n"
    ),
    "Quotes/QUOTES_01_02_2026.csv": (
        "quote_id,line_no,quoted_on,status,currency\n"
        "C7,1,2026-02-01,draft,EUR\n"
        "C8,x,2026-02-01,open,EUR\n"
        "C9,1,2026-02-01,perhaps,EUR\n"
    ),
    "Inventory/INVENTORY_01_02_2026.csv": "sku,quantity_available\nS1,5\n",
    "DueDocs/DUE_DOCS_01_02_2026.csv": "doc_id,doc_type\nD1,invoice\n",
    "Sales/SALES_01_02_2026.csv": (
        "invoice_id,line_no,invoice_date,quantity,unit_price,net_amount,currency\nI1,1,2026-02-01,2,1.50,3.00,EUR\n"
    ),
}

EVERYTHING = """
{
  instance { info }
  runsOrError { ... on Runs { results {
    runConfigYaml tags { key value }
    eventConnection(limit: 1000) { events {
      ... on MessageEvent { message }
      ... on ExecutionStepFailureEvent { error { message stack } }
    } }
  } } }
}
"""
BROKEN_SOURCE = """
type: wiseparts_pipeline.components.FileSource
attributes:
  name: {name}
  protocol: sftp
  host: 127.0.0.1
  port: {port}
  username: nobody
  password: not-the-password
  known_hosts: "{known_hosts}"
  poll_seconds: 4
---
type: wiseparts_pipeline.components.FileImporter
attributes: {{entity: calls, name: {name}_calls, source: {name}, folder: {name}, pattern: "*.csv"}}
"""


@dataclass(frozen=True)
class Stack:
    """`wiseparts dev`, running; `lines` are what it printed, by their first words."""

    installation: Installation
    process: subprocess.Popen[bytes]
    lines: dict[str, str]
    dagster: Dagster
    warehouse: Warehouse
    root: Path
    defs: Path

    def drop(self, path: str, content: str | None = None) -> None:
        """Puts a file on the server as a sender does: under another name until it is complete.

        The content is that of FILES unless it is given.
        """
        content = FILES[path] if content is None else content
        part = self.root / f"{path}.part"
        part.write_text(content, encoding="utf-8")
        part.rename(self.root / path)

    def query(self, query: str) -> list[tuple[Any, ...]]:
        """The rows; none while a mart is not built yet."""
        try:
            with self.warehouse.connect() as connection:
                return connection.execute(query.encode()).fetchall()
        except psycopg.errors.UndefinedTable:
            return []

    def imported(self, name: str, times: int = 1) -> list[tuple[Any, ...]]:
        """Waits until the file has been imported this many times and is archived; its rows of the import log."""
        query = f"""
            select status, rows_read, rows_created, rows_unchanged, rows_rejected from ops.import_files
            where name = '{name}' and archived_to is not null order by file_id
        """
        self.eventually(lambda: len(self.query(query)) == times)
        return self.query(query)

    def evaluated(self, entity: str) -> dict[str, dict[str, Any]]:
        """Waits for the checks of an entity's import; their results by name."""
        self.eventually(lambda: all(check.get("evaluation") for check in self.dagster.checks("raw", entity).values()))
        return {name: check["evaluation"] for name, check in self.dagster.checks("raw", entity).items()}

    def freshness(self, entity: str) -> str:
        return str(self.dagster.asset("raw", entity)["freshnessStatusInfo"]["freshnessStatus"])

    def finished(self, run_id: str) -> dict[str, Any]:
        self.eventually(lambda: self.dagster.run(run_id)["status"] in ("SUCCESS", "FAILURE", "CANCELED"))
        return self.dagster.run(run_id)

    def eventually(self, condition: Callable[[], object]) -> None:
        """Waits until a condition holds that asks Dagster or the warehouse; AssertionError after PATIENCE_SECONDS."""
        eventually(condition, PATIENCE_SECONDS, POLL_SECONDS)


@pytest.fixture(scope="module")
def stack(dbt_target: Path) -> Iterator[Stack]:
    """Everything running, with the packaged configuration and two sources that cannot be reached."""
    # Not below pytest's folder, which another pytest closes for the embedded database's user.
    with TemporaryDirectory(dir=memory()) as folder, pytest.MonkeyPatch.context() as patch:
        installation = Installation(Path(folder))
        installation.share_parsed(dbt_target)
        for name in ("WISEPARTS_HOME", "WISEPARTS_DEFS"):
            patch.setenv(name, installation.environment[name])
        sftp = EmbeddedSftp(home() / "sftp", free_port())
        defs = configure(installation.folder / "defs", sftp)
        command = [str(WISEPARTS), "dev", "--port", str(free_port()), "--sftp-port", str(sftp.port)]
        command += ["--dashboards-port", str(free_port())]
        printed = installation.folder / "printed"
        # Dagster's processes would take half as long again; what only they run is little, and tried here.
        alone = measured_alone(command)
        with running_dev(alone, printed, installation.environment, installation.folder) as process:
            # The command keeps its database running.
            with embedded.running(home() / "postgres") as url:
                warehouse = Warehouse(url)
            lines = dict(line.split("  ", 1) for line in printed.read_text().splitlines() if "  " in line)
            stack = Stack(
                installation, process, lines, Dagster(lines["Dagster's UI"].strip()), warehouse, sftp.root, defs
            )
            for path in FILES:
                stack.drop(path)
            yield stack


def configure(defs: Path, sftp: EmbeddedSftp) -> Path:
    """Writes the configuration to a folder and returns it."""
    shutil.copytree(PACKAGE / "defs", defs)
    for name, port in {"locked": sftp.port, "away": free_port()}.items():
        (defs / name).mkdir()
        text = BROKEN_SOURCE.format(name=name, port=port, known_hosts=sftp.known_hosts)
        (defs / name / "defs.yaml").write_text(text)
    collections = defs / "collections" / "defs.yaml"
    collections.write_text(collections.read_text().replace("on_arrival: false", "stale_after: 1m"))
    return defs


@pytest.fixture(scope="module")
def collections(stack: Stack) -> str:
    """An entity that was imported and from then on expects a file every minute."""
    assert stack.imported("COLLECTIONS_01_02_2026.csv") == [("imported", 1, 1, 0, 0)]
    return "collections"


@pytest.fixture(scope="module")
def without_builds(stack: Stack) -> None:
    """From here on imports build no marts, which takes longer than all the rest."""
    stack.dagster.stop("marts")


@pytest.fixture(scope="module")
def builds(stack: Stack, without_builds: None) -> None:
    """From here on the marts are built again: once for all that has been imported."""
    stack.dagster.start("marts")


@pytest.fixture(scope="module")
def lost_run(stack: Stack) -> str:
    """The id of a run whose process was killed before it imported anything: another import held the entity's lock."""
    with stack.warehouse.connect(autocommit=True) as connection, only_one(connection, lock_name("orders"), str):
        header = "order_id,line_no,placed_at,channel,status,quantity,unit_price,net_amount,currency"
        stack.drop(
            "Orders/ORDERS_01_02_2026.csv", f"{header}\nO1,1,2026-02-01 10:00:00,web,confirmed,1,2.00,2.00,EUR\n"
        )
        query = """
            select run_id, tag.value from dagster.runs
            inner join dagster.run_tags as tag using (run_id)
            where pipeline_name = 'import_orders' and status = 'STARTED' and tag.key = 'wiseparts/process'
        """
        stack.eventually(lambda: stack.query(query))
        [(run_id, process)] = stack.query(query)
        os.kill(int(process.partition("@")[0]), signal.SIGKILL)
    return str(run_id)


def test_prints_where_the_ui_is_and_how_to_drop_files(stack: Stack) -> None:
    with urllib.request.urlopen(stack.lines["Dagster's UI"].strip()) as page:
        assert page.status == 200
    sftp = shlex.split(stack.lines["Drop files with"])
    listing = subprocess.run([sftp[0], "-b", "-", *sftp[1:]], input=b"ls -1\n", capture_output=True, check=True)
    assert "Customers" in listing.stdout.decode().split()


def test_sensors_and_schedules_are_on(stack: Stack) -> None:
    states = stack.dagster.instigators()
    assert states.keys() >= {"erp_files", "deliver_erp", "marts", "sales_schedule", "prune_schedule"}
    assert set(states.values()) == {"RUNNING"}


@pytest.mark.usefixtures("without_builds")
def test_a_table_is_shown_as_fresh_after_an_import(stack: Stack, collections: str) -> None:
    stack.eventually(lambda: stack.freshness(collections) == "HEALTHY")


@pytest.mark.usefixtures("without_builds")
def test_a_run_whose_process_was_killed_has_failed(stack: Stack, lost_run: str) -> None:
    assert stack.finished(lost_run)["status"] == "FAILURE"
    history = "select status, attempts from ops.import_files where name = 'ORDERS_01_02_2026.csv'"
    assert stack.query(history) == [("detected", 0)]


def test_the_ui_shows_who_owns_an_asset_and_where_it_comes_from(stack: Stack) -> None:
    raw = stack.dagster.asset("raw", "customers")
    assert (raw["groupName"], raw["owners"]) == ("master_data", [{"team": "data-platform"}])
    assert {"python", "postgres"} <= set(raw["kinds"])
    assert "customer_id" in str(metadata(raw)["dagster/column_schema"])
    upstream = {"marts/dim_customers": "staging/stg_customers", "staging/stg_customers": "raw/customers"}
    for child, parent in (upstream | {"raw/customers": "erp/Customers"}).items():
        assert {"path": parent.split("/")} in stack.dagster.asset(*child.split("/"))["dependencyKeys"]


@pytest.mark.usefixtures("without_builds")
def test_bad_rows_are_reported_and_the_good_ones_are_loaded(stack: Stack) -> None:
    assert stack.imported("QUOTES_01_02_2026.csv") == [("imported_with_errors", 3, 1, 0, 2)]
    assert stack.query("select quote_id from raw.quotes") == [("C7",)]
    errors = (stack.root / "Quotes/errors/QUOTES_01_02_2026.csv.errors.csv").read_text()
    assert errors.splitlines()[1].startswith("C8,x,2026-02-01,open,EUR,2,3,")
    checks = stack.evaluated("quotes")
    rejected = {"severity": "WARN", "success": False, "description": "2 rows were rejected"}
    assert checks["rejected_rows"] == rejected
    assert checks["refused_files"]["success"]
    records = stack.dagster.materializations("raw", "quotes")[0]["first_rejected_rows"]["records"]
    assert "not_a_number" in str(records)
    assert "not_in_set" in str(records)


@pytest.mark.usefixtures("without_builds")
def test_a_file_without_a_required_column_is_refused_and_nothing_of_it_is_loaded(stack: Stack) -> None:
    name = "DUE_DOCS_01_02_2026.csv"
    assert stack.imported(name)[0][0] == "refused"
    assert (stack.root / "DueDocs/refused" / name).exists()
    assert stack.query("select count(*) from raw.due_docs") == [(0,)]
    assert stack.dagster.materializations("raw", "due_docs") == []
    evaluation = stack.evaluated("due_docs")["refused_files"]
    assert (evaluation["severity"], evaluation["success"]) == ("ERROR", False)
    assert "missing_column" in evaluation["description"]
    run = stack.finished(stack.query(f"select run_id from ops.import_files where name = '{name}'")[0][0])
    failures = [event["error"] for event in run["eventConnection"]["events"] if "error" in event]
    assert run["status"] == "FAILURE"
    assert failures[0]["message"].startswith(f"{name} was refused (missing_column): ")
    assert failures[0]["stack"] == []


def test_a_wrong_password_fails_the_tick_and_the_message_says_what_to_check(stack: Stack) -> None:
    stack.eventually(lambda: stack.dagster.ticks("locked_files"))
    tick = next(tick for tick in stack.dagster.ticks("locked_files") if tick["status"] != "STARTED")
    assert tick["status"] == "FAILURE"
    assert "source locked: 127.0.0.1:" in tick["error"]["message"]
    assert "password" in tick["error"]["message"]
    assert "not-the-password" not in str(tick)
    assert tick["error"]["stack"] == []


def test_a_server_that_does_not_answer_is_reported_and_tried_again(stack: Stack) -> None:
    stack.eventually(lambda: [tick for tick in stack.dagster.ticks("away_files") if tick["status"] == "SKIPPED"])
    tick = next(tick for tick in stack.dagster.ticks("away_files") if tick["status"] == "SKIPPED")
    assert "source away: 127.0.0.1:" in tick["skipReason"]
    assert "the next tick tries again" in tick["skipReason"]


@pytest.mark.usefixtures("without_builds")
def test_a_dry_run_reports_and_leaves_everything_as_it_is(stack: Stack) -> None:
    name = "CATEGORIES_01_02_2026.csv"
    stack.drop(f"Categories/{name}", "category_id,path\nK1,Bolts\n")
    config = {"ops": {"raw_categories": {"config": {"files": [name], "dry_run": True}}}}
    run = stack.finished(stack.dagster.launch("import_categories", config))
    assert run["status"] == "SUCCESS", run
    asset = stack.dagster.asset("raw", "categories")
    assert asset["assetMaterializations"] == []
    assert metadata(asset["assetObservations"][0])["rows_created"] == 1
    assert stack.query("select count(*) from raw.categories") == [(0,)]
    assert (stack.root / "Categories" / name).exists()


@pytest.mark.usefixtures("without_builds")
def test_an_order_of_the_shop_is_in_the_folder_of_the_erp_within_seconds(stack: Stack) -> None:
    folder, name = stack.root / "Shop GR" / "Orders", "SHOP_ORDERS_01_02_2026.csv"
    folder.mkdir(parents=True)
    header = "order_id,line_no,placed_at,channel,status,quantity,unit_price,net_amount,currency"
    rows = [f"{order},1,2026-02-01 10:00:00,web,confirmed,1,2.00,2.00,EUR" for order in ("WO1", "WO2")]
    stack.drop(f"Shop GR/Orders/{name}", "\n".join([header, *rows, ""]))
    assert stack.imported(name)[0][0] == "imported"

    # The import and the sensor may each have delivered one.
    def shown() -> list[dict[str, Any]]:
        return stack.dagster.materializations("exports", "erp_orders")

    stack.eventually(lambda: sum(each["delivered"] for each in shown()) == 2)
    assert stack.query("select status from ops.exports order by record_key") == [("delivered",)] * 2
    for (path,) in stack.query("select path from ops.exports"):
        uuid = path.rpartition("_")[2]
        files = sorted(file.name for file in (stack.root / path).iterdir())
        assert files == [f"order_data_{uuid}.csv", f"order_items_{uuid}.csv"]
    assert (shown()[0]["waiting"], len(shown()[0]["latest_records"]["records"])) == (0, 2)
    assert {"path": ["raw", "orders"]} in stack.dagster.asset("exports", "erp_orders")["dependencyKeys"]
    checks = stack.dagster.checks("exports", "erp_orders").values()
    assert [check["evaluation"]["success"] for check in checks] == [True] * 3


@pytest.mark.usefixtures("without_builds")
def test_old_runs_are_deleted_and_recent_ones_are_kept(stack: Stack) -> None:
    old, young = (stack.dagster.launch("import_addresses", {}) for _ in range(2))
    for run_id in (old, young):
        stack.finished(run_id)
    with stack.warehouse.connect() as connection:
        age = "update dagster.runs set create_timestamp = create_timestamp - interval '91 days' where run_id = %s"
        connection.execute(age, [old])
    assert stack.finished(stack.dagster.launch("prune", {}))["status"] == "SUCCESS"
    assert (stack.dagster.run(old), stack.dagster.run(young)["status"]) == ({}, "SUCCESS")


@pytest.mark.usefixtures("without_builds")
def test_the_same_file_again_changes_nothing(stack: Stack) -> None:
    name = "CALLS_01_02_2026.csv"
    stack.imported(name)
    stack.drop(f"Calls/{name}")
    imported = stack.imported(name, times=2)
    assert imported == [("imported", 2, 2, 0, 0), ("imported", 2, 0, 2, 0)]
    stack.eventually(lambda: len(stack.dagster.materializations("raw", "calls")) == 2)
    reported = stack.dagster.materializations("raw", "calls")[0]
    assert (reported["rows_unchanged"], reported["dagster/row_count"]) == (2, 2)


@pytest.mark.usefixtures("without_builds")
def test_a_file_is_replayed_by_the_configuration_of_a_run(stack: Stack) -> None:
    name = "SALES_01_02_2026.csv"
    stack.imported(name)
    run_id = stack.dagster.launch("import_sales", {"ops": {"raw_sales": {"config": {"files": [name]}}}})
    assert stack.finished(run_id)["status"] == "SUCCESS"
    assert stack.imported(name, times=2) == [("imported", 1, 1, 0, 0), ("imported", 1, 0, 1, 0)]


@pytest.mark.usefixtures("without_builds")
def test_reloading_the_location_reports_a_typo_in_the_configuration_without_a_stack_trace(stack: Stack) -> None:
    file = stack.defs / "sales" / "defs.yaml"
    right = file.read_text()
    file.write_text(right.replace("schedule:", "shedule:"))
    try:
        fault = stack.dagster.reload()
    finally:
        file.write_text(right)
    assert f"{file}: attributes.shedule: unknown attribute; allowed: entity, name," in fault["message"]
    assert (fault["stack"], fault["cause"]) == ([], None)
    assert stack.dagster.reload()["__typename"] == "RepositoryLocation"


def test_stock_without_its_product_is_reported_as_waiting_and_reaches_the_marts_with_it(
    stack: Stack, request: pytest.FixtureRequest
) -> None:
    assert stack.imported("INVENTORY_01_02_2026.csv") == [("imported_with_errors", 1, 0, 0, 0)]
    check = stack.evaluated("inventory")["rejected_rows"]
    assert (check["severity"], check["description"]) == ("WARN", "1 row waits for what it refers to")
    assert stack.dagster.materializations("raw", "inventory")[0]["rows_waiting"] == 1
    products = "PRODUCTS_02_02_2026.csv"
    stack.drop(f"Products/{products}", "product_id,sku,name\nP1,S1,Bolt\n")
    stack.dagster.launch("import_products", {"ops": {"raw_products": {"config": {"files": [products]}}}})
    stack.eventually(lambda: stack.dagster.materializations("raw", "products"))
    request.getfixturevalue("builds")
    query = "select product_key, quantity_available from marts.fct_inventory"
    stack.eventually(lambda: stack.query(query) == [("P1", 5)])
    assert stack.imported("INVENTORY_01_02_2026.csv") == [("imported", 1, 1, 0, 0)]
    assert stack.dagster.materializations("raw", "products")[0]["released_rows_of_inventory"] == 1
    released = stack.dagster.materializations("raw", "inventory")[0]
    assert (released["rows_released"], released["dagster/row_count"]) == (1, 1)


@pytest.mark.usefixtures("builds")
def test_a_dropped_file_reaches_the_marts_and_the_archive_automatically(stack: Stack) -> None:
    query = "select count(*) from marts.dim_customers where customer_id in ('C1', 'C2')"
    stack.eventually(lambda: stack.query(query) == [(2,)])
    assert stack.imported("CUSTOMERS_01_02_2026.csv") == [("imported", 2, 2, 0, 0)]
    assert (stack.root / "Customers/processed/CUSTOMERS_01_02_2026.csv").exists()
    reported = stack.dagster.materializations("raw", "customers")[0]
    counts = ("files", "rows_read", "rows_created", "rows_updated", "rows_unchanged", "rows_rejected")
    assert [reported[name] for name in counts] == [1, 2, 2, 0, 0, 0]
    assert reported["dagster/row_count"] == 2
    assert "| CUSTOMERS_01_02_2026.csv | imported | 2 |" in reported["report"]


def test_a_file_whose_run_was_killed_before_it_imported_is_asked_for_again(stack: Stack, lost_run: str) -> None:
    assert stack.imported("ORDERS_01_02_2026.csv") == [("imported", 1, 1, 0, 0)]
    runs = "select run_id, attempts from ops.import_files where name = 'ORDERS_01_02_2026.csv'"
    [(run_id, attempts)] = stack.query(runs)
    assert run_id != lost_run
    assert attempts == 1


def listening_on(process: psutil.Process) -> set[str]:
    """The addresses on which it accepts connections; none if it has just ended."""
    try:
        connections = process.net_connections("inet")
    except psutil.NoSuchProcess:
        return set()
    return {connection.laddr.ip for connection in connections if connection.status == psutil.CONN_LISTEN}


def test_nothing_of_it_is_reached_from_another_machine(stack: Stack) -> None:
    main = psutil.Process(stack.process.pid)
    listening = {ip for process in (main, *main.children(recursive=True)) for ip in listening_on(process)}
    assert "127.0.0.1" in listening
    assert listening <= {"127.0.0.1", "::1"}


def test_no_part_of_it_works_as_the_superuser_of_the_database(stack: Stack) -> None:
    [(ours,)] = stack.query("select pg_backend_pid()")
    users = "select distinct usename from pg_stat_activity where backend_type = 'client backend' and pid <> %s"
    stack.eventually(lambda: ("wiseparts_dagster",) in stack.query(users.replace("%s", str(ours))))
    with stack.warehouse.connect() as connection:
        query = f"{users} and application_name not like '%%process {os.getpid()} %%'"
        found = {user for (user,) in connection.execute(query.encode(), [connection.info.backend_pid])}
    assert found <= {"wiseparts_dagster", "wiseparts_importer", "wiseparts_dbt"}


def test_no_password_is_in_what_dagster_keeps_and_shows(stack: Stack) -> None:
    """The sensor of the locked source has logged in with it, and failed."""
    stack.eventually(lambda: "source locked" in json.dumps(stack.dagster.ticks("locked_files")))
    shown = stack.dagster.ask(EVERYTHING)
    environment = [str(embedded.binaries() / "pg_dump"), stack.warehouse.url]
    # A build that replaces a table meanwhile would end it.
    with stack.warehouse.connect(autocommit=True) as connection, only_one(connection, BUILD_LOCK, print):
        dumped = subprocess.run(environment, capture_output=True, text=True, check=True).stdout
    logged = (home() / "dagster" / "dagster.log").read_text(encoding="utf-8")
    processes = "\n".join(" ".join(each.info["cmdline"] or []) for each in psutil.process_iter(["cmdline"]))
    assert "customers" in json.dumps(shown)
    for text in (json.dumps(shown), json.dumps(stack.dagster.ticks("locked_files")), dumped, logged, processes):
        assert "not-the-password" not in text


@pytest.mark.usefixtures("stack")
def test_what_runs_need_is_loaded_before_the_first_of_them() -> None:
    log = (home() / "dagster" / "dagster.log").read_text(encoding="utf-8")
    assert "Nothing is preloaded" not in log


@pytest.mark.usefixtures("without_builds")
def test_a_code_server_that_was_killed_is_started_again(stack: Stack) -> None:
    processes = psutil.Process(stack.process.pid).children(recursive=True)
    [code_server] = [process for process in processes if "dagster api grpc" in " ".join(process.cmdline())]
    code_server.kill()
    name = "CUSTOMERS_02_02_2026.csv"
    stack.drop(f"Customers/{name}", "customer_id,name\nC3,Washer\n")
    assert stack.imported(name) == [("imported", 1, 1, 0, 0)]
    assert "Dagster's code server had ended" in (stack.installation.folder / "printed").read_text()
    # The web server loads the definitions by itself.
    stack.eventually(lambda: stack.dagster.asset("raw", "customers"))


def test_a_table_whose_feed_has_stopped_is_shown_as_stale(stack: Stack, collections: str) -> None:
    stack.eventually(lambda: stack.freshness(collections) == "DEGRADED")


def test_leaves_nothing_running_when_it_is_stopped(stack: Stack) -> None:
    stack.process.send_signal(signal.SIGTERM)

    assert stack.process.wait(timeout=60) == 0
    assert (stack.installation.folder / "printed").read_text().endswith("Stopped\n")
    eventually(lambda: not stack.installation.processes)
