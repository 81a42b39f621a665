"""dbt's manifest of the project, kept in the state folder."""

import fcntl
import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from wiseparts_pipeline.dbt.runner import parse
from wiseparts_pipeline.home import DBT_PROJECT, home

_SUFFIXES = (".sql", ".yml", ".md", ".csv")


def prepare_manifest() -> Path:
    """The path of the manifest, which is parsed again after a change of the project or of dbt.

    Raises WisepartsError when dbt cannot parse the project.
    """
    folder = home() / "dbt"
    folder.mkdir(exist_ok=True)
    manifest, parsed_from = folder / "manifest.json", folder / "manifest.sha256"
    with (folder / "manifest.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        project = _digest()
        if not (manifest.exists() and parsed_from.exists() and parsed_from.read_text() == project):
            parsed: Any = parse()
            parsed.write(str(folder / "manifest.new"))
            # Another process may be reading the old one.
            (folder / "manifest.new").replace(manifest)
            parsed_from.write_text(project)
    return manifest


def _digest() -> str:
    """Of what is in the files, as installing an older version may put back older times."""
    digest = hashlib.sha256(version("dbt-core").encode())
    for path in sorted(path for path in DBT_PROJECT.rglob("*") if path.suffix in _SUFFIXES):
        content = path.read_bytes()
        digest.update(f"\n{path.relative_to(DBT_PROJECT)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
