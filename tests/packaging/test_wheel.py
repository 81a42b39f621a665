"""The wheel, built and installed into an empty environment, does what a checkout does."""

import json
import re
import shlex
import signal
import stat
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.development import free_port, running_dev
from tests.installation import Finished, Installation, share_parsed
from tests.packaging.wheel import InstalledWheel, build, copy_of_the_checkout
from wiseparts_pipeline.home import PROJECT
from wiseparts_pipeline.warehouse import embedded

# What belongs to a checkout and not to the program.
LINTING = ("dbt_project/linting/", "dbt_project/.sqlfluff")
# What has been imported, and when which marts were built.
LOGGED = (("log", "--json"), ("sql", "select * from marts.last_build", "--json"))


@dataclass(frozen=True)
class Demonstrated:
    """An installed wheel with which the demo has run, in an empty folder, on the state that a checkout's demo left.

    `first` is that of the checkout, and `before` the import log and the last build after it; `files` are those of
    before the other.
    """

    wheel: InstalledWheel
    cwd: Path
    first: Finished
    before: list[str]
    demo: Finished
    files: dict[str, tuple[int, int]]

    def wiseparts(self, *arguments: object, cwd: Path | None = None, **variables: str) -> Finished:
        return self.wheel.run("wiseparts", *arguments, cwd=cwd or self.cwd, **variables)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_the_checkout(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is built from the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    build(source, folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, demo: tuple[Installation, Finished]) -> Iterator[Demonstrated]:
    checkout, first = demo
    before = [checkout.run(*command).out for command in LOGGED]
    # Not below pytest's folder, which another pytest closes for the embedded database's user.
    with tempfile.TemporaryDirectory() as folder:
        installed = InstalledWheel.install(wheel, Path(folder))
        for path in (installed.package, *installed.package.rglob("*")):
            path.chmod(path.stat().st_mode & ~0o222)
        files = installed.files()
        cwd = Path(folder) / "empty"
        cwd.mkdir()
        installed.state.parent.mkdir(parents=True)
        subprocess.run(["cp", "--archive", checkout.folder / "home", installed.state], check=True)
        # The parsed dbt project, which the demo shares with other tests.
        (installed.state / "dbt").unlink()
        again = installed.run("bash", "-euc", "umask 0 && exec wiseparts demo", cwd=cwd)
        # From here on its database server runs, so that not every command starts and stops it.
        with embedded.running(installed.state / "postgres"):
            yield Demonstrated(installed, cwd, first, before, again, files)


def test_a_wheel_has_the_whole_dbt_project_and_the_settings_of_dagster(source: Path, wheel: Path) -> None:
    tracked = {str(path.relative_to(source)) for path in source.glob("dbt_project/**/*") if path.is_file()}
    expected = {name for name in tracked if not name.startswith(LINTING)}
    expected |= {"dagster.yaml", "workspace.yaml", "docs/marts.md"}
    packaged = {name for name in zipfile.ZipFile(wheel).namelist() if "/project/" in name}

    assert packaged == {f"wiseparts_pipeline/project/{name}" for name in expected}


def test_a_wheel_is_the_same_with_and_without_a_source_distribution(source: Path, wheel: Path, tmp_path: Path) -> None:
    build(source, tmp_path, "--wheel")

    (other,) = tmp_path.glob("*.whl")
    assert sorted(zipfile.ZipFile(other).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


def test_the_demo_imports_and_builds_everything_once(installed: Demonstrated) -> None:
    first, again = installed.first, installed.demo
    assert [done.status for done in (first, again)] == [0, 0], first.err + again.err
    nothing = "Imported nothing: every file of the sample was imported before."
    assert [nothing in done.out for done in (first, again)] == [False, True]
    assert [installed.wiseparts(*command).out for command in LOGGED] == installed.before
    assert "wiseparts dev\n" in again.out


def test_the_state_is_in_the_folder_of_the_user(installed: Demonstrated) -> None:
    assert {"dbt", "postgres", "sftp"} <= {path.name for path in installed.wheel.state.iterdir()}
    assert list(installed.cwd.iterdir()) == []


def test_what_is_parsed_is_private_whatever_the_umask(installed: Demonstrated) -> None:
    assert stat.S_IMODE((installed.wheel.state / "dbt").stat().st_mode) == 0o700


def test_prints_its_version_and_a_template(installed: Demonstrated) -> None:
    assert installed.wiseparts("--version").out == "wiseparts 0.1.0\n"
    assert installed.wiseparts("template", "sales").out.startswith("invoice_id,line_no,")


def test_builds_and_traces_a_record_to_the_marts(installed: Demonstrated) -> None:
    built = installed.wiseparts("build", "--select", "import_log", "--json")
    assert [node["status"] for node in json.loads(built.out)["nodes"] if node["name"] == "import_log"] == ["success"]

    query = "select invoice_id, line_no from marts.fct_sales limit 1"
    ((invoice, line),) = (row.values() for row in json.loads(installed.wiseparts("sql", query, "--json").out))
    (record,) = json.loads(installed.wiseparts("trace", "sales", invoice, line, "--json").out)["records"]
    assert record["marts"] == {"fct_sales": "in it"}


@pytest.fixture(scope="module")
def project(installed: Demonstrated) -> Iterator[Path]:
    """A folder made by `wiseparts init`, with its database server running."""
    folder = installed.wheel.folder / "acme"
    assert installed.wiseparts("init", folder).status == 0
    # The dbt project, which the demo has parsed.
    (folder / ".wiseparts").mkdir()
    share_parsed(folder / ".wiseparts", installed.wheel.state)
    with embedded.running(folder / ".wiseparts" / "postgres"):
        yield folder


def commands(project: Path, language: str) -> list[str]:
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", (project / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    return [line.removeprefix("$ ") for line in block.splitlines()]


def test_the_commands_of_a_new_project_work_as_its_readme_has_them(installed: Demonstrated, project: Path) -> None:
    *settings, read = commands(project, "sh")
    *others, dev = commands(project, "console")
    assert installed.wheel.run("bash", "-euc", "\n".join(settings), cwd=project).status == 0
    for command in others:
        done = installed.wheel.run("bash", "-euc", f"{read}\n{command}", cwd=project)
        assert done.status == 0, f"{command}\n{done.out}{done.err}"
        assert done.out.strip(), command

    assert dev == "wiseparts dev"
    assert_serves_the_ui(installed.wheel, project, f"{read}\nexec {dev} --port {free_port()}")
    assert sorted(path.name for path in project.iterdir()) == [
        ".env",
        ".env.example",
        ".gitignore",
        ".wiseparts",
        "README.md",
        "SALES_31_12_2025.csv",
        "defs",
    ]


def assert_serves_the_ui(wheel: InstalledWheel, project: Path, script: str) -> None:
    printed = wheel.folder / "printed"
    with running_dev(["bash", "-euc", script], printed, wheel.environment, project) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0, printed.read_text()


def test_dagster_loads_the_importers_of_a_project_and_the_marts(installed: Demonstrated, project: Path) -> None:
    script = """
        import json
        from wiseparts_pipeline.definitions import definitions
        repository = definitions().get_repository_def()
        print(json.dumps({
            "jobs": sorted(job.name for job in repository.get_all_jobs()),
            "assets": sorted(key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()),
        }))
    """
    python = f"{installed.wheel.python} -c {shlex.quote(re.sub('^        ', '', script, flags=re.MULTILINE))}"
    sources = "ERP_SFTP_HOST=localhost ERP_SFTP_USER=anna ERP_SFTP_KEY=key ERP_SFTP_KNOWN_HOSTS=known_hosts"
    done = installed.wheel.run("bash", "-euc", f"set -a; . ./.env.example; {sources}\n{python}", cwd=project)

    assert done.status == 0, done.err
    loaded = json.loads(done.out.splitlines()[-1])
    assert {"import_sales", "build_marts"} <= set(loaded["jobs"])
    assert "import_customers" not in loaded["jobs"]
    assert {"raw/sales", "marts/fct_sales", "marts/customer_360"} <= set(loaded["assets"])


def test_nothing_is_written_next_to_the_installed_files(installed: Demonstrated) -> None:
    assert installed.wheel.files() == installed.files


def test_a_checkout_has_no_copy_of_what_a_wheel_has() -> None:
    assert not (PROJECT / "wiseparts_pipeline" / "project").exists()
