"""`wiseparts template`: the CSV file that a sender fills in."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from wiseparts_pipeline.cli.arguments import entity_named
from wiseparts_pipeline.cli.output import out as screen
from wiseparts_pipeline.entities.template import template as template_of


def template(
    entity: Annotated[str, typer.Argument(help="What the file holds, such as sales.")],
    out: Annotated[Path | None, typer.Option(metavar="PATH", help="Write to this file instead of the screen.")] = None,
) -> None:
    """Print an entity's CSV template: its columns and one example row."""
    text = template_of(entity_named(entity))
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")
        screen.print(f"The template of {entity} is in {out}.")
