"""`wiseparts init`: a project folder for a distributor."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from wiseparts_pipeline.cli.output import out, printable
from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.home import PACKAGE

_NEW_PROJECT = PACKAGE / "cli" / "new_project"
# A package has no files whose names begin with a dot.
_NAMES = {"env.example": ".env.example", "gitignore": ".gitignore"}


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", file_okay=False, help="The folder to create, or an existing one.")
    ],
) -> None:
    """Create a project folder: a source and an importer to start from, settings, a README with the next commands.

    No existing file is overwritten: if one of the files exists, nothing is created.
    """
    files = {folder / name: source for name, source in _files().items()}
    if existing := [str(path) for path in files if path.exists()]:
        raise ConfigurationError(
            f"Nothing was created, because these files exist: {', '.join(existing)}. Choose another folder, or move"
            " them away."
        )
    for path, source in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, path)
        out.print(f"Created {printable(str(path))}", soft_wrap=True)
    out.print(f"\nNext: {printable(str(folder / 'README.md'))} has the commands to start with.", soft_wrap=True)


def _files() -> dict[Path, Path]:
    """Paths in the project folder, and the packaged files that are copied there."""
    sources = sorted(path for path in _NEW_PROJECT.rglob("*") if path.is_file())
    return {
        source.relative_to(_NEW_PROJECT).with_name(_NAMES.get(source.name, source.name)): source for source in sources
    }
