"""The components of a folder of `defs.yaml` files, as they are written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from wiseparts_pipeline.config.documents.yaml_text import read_documents
from wiseparts_pipeline.errors import ConfigurationError


def components_in(folder: Path, errors: list[str]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The components of the files, each with its file; adds to the errors what is none.

    Raises ConfigurationError where there is no file.
    """
    if not folder.is_dir():
        raise ConfigurationError(
            f"{folder}: there is no such folder; set WISEPARTS_DEFS to a folder of defs.yaml files."
        )
    paths = sorted(folder.rglob("defs.yaml"))
    if not paths:
        raise ConfigurationError(f"{folder}: there is no defs.yaml in it or below it.")
    for path in paths:
        try:
            documents = read_documents(path.read_text(encoding="utf-8"))
        except yaml.MarkedYAMLError as error:
            # Not the whole error: it quotes the line, which may hold a password.
            mark = error.problem_mark
            line = f" in line {mark.line + 1}" if mark else ""
            errors.append(f"{path}: cannot be read as YAML{line}: {error.problem or error.context}")
            continue
        except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
            errors.append(f"{path}: cannot be read: {' '.join(str(error).split())}")
            continue
        if not documents or None in documents:
            # Dagster would stop at it.
            what = "a part between two lines with ---" if documents else "the file"
            errors.append(f"{path}: {what} has no component in it; take it out")
            continue
        for document in documents:
            if isinstance(document, dict) and isinstance(document.get("attributes"), dict):
                yield path, document
            else:
                errors.append(f"{path}: a component has `type:` and `attributes:` with settings below it")
