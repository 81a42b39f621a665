"""The parsed dbt project, kept in the state folder: as manifest.json, and as what a build needs of it.

dbt takes most of a second to find out that nothing has changed; reading what is kept takes a twentieth of that.
"""

import fcntl
import hashlib
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dbt.contracts.graph.manifest import Manifest

from wiseparts_pipeline.dbt.dashboards_url import dashboards_url
from wiseparts_pipeline.dbt.runner import parse, use_database
from wiseparts_pipeline.home import DBT_PROJECT, subfolder

_KEPT = "parsed.pickle"
_SUFFIXES = (".sql", ".yml", ".md", ".csv")
# The classes and macros of what is parsed are theirs.
_PACKAGES = ("dbt-core", "dbt-adapters", "dbt-common", "dbt-postgres", "dbt-semantic-interfaces")


def prepare_manifest() -> Path:
    """The path of manifest.json, which is parsed again after a change of the project or of dbt.

    Raises WisepartsError when dbt cannot parse the project.
    """
    project = project_digest()
    with _folder() as folder:
        manifest, parsed_from = folder / "manifest.json", folder / "manifest.sha256"
        if not (manifest.exists() and parsed_from.exists() and parsed_from.read_text() == project):
            # dbt cannot write what another process has parsed.
            parsed: Any = _parse(folder, project)
            parsed.write(str(folder / "manifest.new"))
            # Another process may be reading the old one.
            (folder / "manifest.new").replace(manifest)
            parsed_from.write_text(project)
    return manifest


def parsed_for(connection: Mapping[str, str]) -> Manifest:
    """The parsed project for a warehouse, see run_dbt, and for all values of the variables.

    They are read when a model is compiled, apart from `feeds`, whose part in the sources matters for `dbt source
    freshness` only. Raises WisepartsError when dbt cannot parse the project.
    """
    project = project_digest()
    with _folder() as folder:
        manifest = _parsed(folder, project)
    use_database(manifest, connection["WISEPARTS_PG_DBNAME"])
    return manifest


def project_digest() -> str:
    """Of what is in the project's files, as installing an older version may put back older times, and of dbt.

    And of where the dashboards are, to which what is parsed has links. Raises ConfigurationError if that is no address.
    """
    digest = hashlib.sha256(repr([dashboards_url(), *(version(package) for package in _PACKAGES)]).encode())
    for path in sorted(path for path in DBT_PROJECT.rglob("*") if path.suffix in _SUFFIXES):
        content = path.read_bytes()
        digest.update(f"\n{path.relative_to(DBT_PROJECT)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


@contextmanager
def _folder() -> Iterator[Path]:
    """The folder of what is parsed, for this process alone."""
    folder = subfolder("dbt")
    with (folder / "manifest.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _parsed(folder: Path, project: str) -> Manifest:
    """The project with this digest, from the folder if it was parsed there."""
    kept, made_of = folder / _KEPT, _made_of(project)
    content = kept.read_bytes() if kept.exists() else b""
    if content.startswith(made_of):
        return Manifest(**pickle.loads(content[len(made_of) :]))
    return _parse(folder, project)


def _parse(folder: Path, project: str) -> Manifest:
    """The project as dbt parses it now, which is kept for the next time."""
    manifest = parse()
    # Part by part: pickled as a whole it mixes up its parts. dbt makes the private ones again when it needs them.
    names = [field.name for field in fields(manifest) if not field.name.startswith("_")]
    parts = pickle.dumps({name: getattr(manifest, name) for name in names})
    (folder / "parsed.new").write_bytes(_made_of(project) + parts)
    (folder / "parsed.new").replace(folder / _KEPT)
    return manifest


def _made_of(project: str) -> bytes:
    return hashlib.sha256(repr((project, str(DBT_PROJECT))).encode()).digest()
