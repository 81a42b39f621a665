"""The commands in README.md and docs/ work as they are written, after a demo."""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import WISEPARTS, Finished, Installation
from tests.measuring import leaving_out
from wiseparts_pipeline.config.loader import load_configuration
from wiseparts_pipeline.home import PACKAGE, PROJECT
from wiseparts_pipeline.transport.embedded import EmbeddedSftp
from wiseparts_pipeline.warehouse import embedded

PAGES = [*sorted(PROJECT.glob("*.md")), *sorted((PROJECT / "docs").rglob("*.md"))]
README = PROJECT / "README.md"
# Of a shell's syntax, what commands in the pages use besides quotes.
_SYNTAX = set("$&|;<>*`\\")


def commands(page: Path) -> list[tuple[str, set[int]]]:
    """The lines after `$ ` of the page's console blocks, and the exit statuses that each may have.

    A comment before a block, such as `<!-- exit status 3: import -->`, allows 3 for the commands that contain the word.
    """
    blocks = re.findall(
        r"^(?:<!-- exit status 3: (\S+) -->\n)?```console\n(.*?)^```",
        page.read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    return [
        (line.removeprefix("$ "), {0, 3} if word and word in line else {0})
        for word, block in blocks
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


@pytest.fixture(scope="module")
def installation(demo: tuple[Installation, Finished]) -> Iterator[Installation]:
    """A copy of the demo's installation: the pages' commands change it, and other tests read the demo's marts.

    Its database server runs, so that not every command starts and stops it.
    """
    original, _ = demo
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["cp", "--archive", f"{original.folder}/.", folder], check=True)
        with embedded.running(Path(folder) / "home" / "postgres"):
            yield Installation(Path(folder), original.variables)


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.name)
def test_commands_work_as_written(page: Path, installation: Installation) -> None:
    for command, statuses in commands(page):
        done = run(command, installation)
        assert done.status in statuses, f"{command}\n{done.out}{done.err}"
        assert done.out.strip(), command


def run(command: str, installation: Installation) -> Finished:
    """Run it in a shell; where it has none of its syntax, in a process that need not import everything again."""
    program, *arguments = shlex.split(command)
    # Commands are measured where each is tested.
    with leaving_out():
        if program == "wiseparts" and not _SYNTAX & set(command):
            return installation.run(*arguments)
        environment = installation.environment
    environment["PATH"] = os.pathsep.join([str(WISEPARTS.parent), environment["PATH"]])
    done = subprocess.run(
        ["bash", "-euc", command],
        cwd=installation.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=550,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def test_the_importer_in_the_readme_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    block = re.search(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    shutil.copytree(PACKAGE / "defs", tmp_path / "defs")
    (tmp_path / "defs" / "branch_sales").mkdir()
    (tmp_path / "defs" / "branch_sales" / "defs.yaml").write_text(block[1], encoding="utf-8")
    for name, value in EmbeddedSftp(tmp_path, port=22).environment().items():
        monkeypatch.setenv(name, value)

    assert load_configuration(tmp_path / "defs").importer("branch_sales").entity == "sales"


def anchors(page: Path) -> set[str]:
    """What links to a page's headings may have after the `#`."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]*)#?([^)]*)\)", page.read_text(encoding="utf-8"))
    inside = [(page.parent / link if link else page, anchor) for link, anchor in links if "://" not in link]

    assert [path for path, _ in inside if not path.exists()] == []
    assert [(path, anchor) for path, anchor in inside if anchor and anchor not in anchors(path)] == []
