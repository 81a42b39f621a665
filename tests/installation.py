"""An installation, and the command run in it as a user runs it: in a process of its own."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml

from tests import forking
from tests.forking import Finished as Finished
from wiseparts_pipeline.warehouse.embedded import ELSEWHERE

WISEPARTS = Path(sys.executable).with_name("wiseparts")
OWN_VARIABLES = ("WISEPARTS_", "ERP_SFTP_")


@dataclass(frozen=True)
class Installation:
    """A state folder, a folder of defs.yaml files, and the variables added to its environment."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def drop(self) -> Path:
        return self.folder / "drop"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLES)}
        own = {"WISEPARTS_HOME": str(self.folder / "home"), "WISEPARTS_DEFS": str(self.folder / "defs")}
        for_root = {name: os.environ[name] for name in (ELSEWHERE,) if name in os.environ}
        return inherited | own | for_root | self.variables

    def run(self, *arguments: object, stdin: str = "", **variables: str) -> Finished:
        """Run `wiseparts *arguments` in the installation's folder and environment."""
        done = forking.run(
            "wiseparts_pipeline.cli.main:main", arguments, self.environment | variables, self.folder, stdin
        )
        assert "Traceback" not in done.out + done.err
        return done

    def share_parsed(self, shared: Path) -> None:
        """See share_parsed() below."""
        (self.folder / "home").mkdir()
        share_parsed(self.folder / "home", shared)

    def source(self, name: str, **attributes: Any) -> Path:
        return self.component("FileSource", name, {"name": name, **attributes})

    def importer(self, entity: str, **attributes: Any) -> Path:
        """An importer of `<Entity>/*.csv` from the source `drop`, unless specified."""
        usual = {"entity": entity, "source": "drop", "folder": entity.title(), "pattern": "*.csv"}
        importer = usual | attributes
        (self.drop / importer["folder"]).mkdir(parents=True, exist_ok=True)
        return self.component("FileImporter", importer.get("name", entity), importer)

    def exporter(self, entity: str, **attributes: Any) -> Path:
        """An exporter of what the source `drop` creates to `<Entity>/` of the source `erp`, unless specified."""
        usual = {"entity": entity, "to": "erp", "folder": entity.title(), "sources": ["drop"]}
        return self.component("Exporter", f"export_{attributes.get('name', entity)}", usual | attributes)

    def retention(self, **ages: str) -> Path:
        return self.component("Retention", "retention", ages)

    def alerts(self, **attributes: Any) -> Path:
        return self.component("Alerts", "alerts", attributes)

    def component(self, kind: str, name: str, attributes: dict[str, Any]) -> Path:
        """Writes a component with exactly these attributes."""
        path = self.folder / "defs" / name / "defs.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        component = {"type": f"wiseparts_pipeline.components.{kind}", "attributes": attributes}
        path.write_text(yaml.safe_dump(component, sort_keys=False))
        return path

    @property
    def processes(self) -> list[psutil.Process]:
        """What runs for this installation."""
        processes = psutil.process_iter(["cmdline"])
        return [each for each in processes if str(self.folder) in " ".join(each.info["cmdline"] or [])]

    def put(self, path: str, *lines: str) -> Path:
        file = self.drop / path
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return file


def share_parsed(home: Path, shared: Path) -> None:
    """Have a state folder use the parsed dbt project of another one, and leave it what is parsed here."""
    (shared / "dbt").mkdir(exist_ok=True)
    (home / "dbt").symlink_to(shared / "dbt")
