"""`wiseparts template`: the CSV file that a sender fills in, and the headers of those that are exported."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from wiseparts_pipeline.cli.arguments import entity_named
from wiseparts_pipeline.cli.output import out as screen
from wiseparts_pipeline.cli.stack import configuration_at_rest
from wiseparts_pipeline.config.exports.exporter import IN_FILES, ExporterSettings
from wiseparts_pipeline.entities.schema import Entity
from wiseparts_pipeline.entities.template import template as template_of
from wiseparts_pipeline.exporting.content import headers


def template(
    entity: Annotated[str, typer.Argument(help="What the file holds, such as sales.")],
    out: Annotated[Path | None, typer.Option(metavar="PATH", help="Write to this file instead of the screen.")] = None,
    export: Annotated[
        bool, typer.Option("--export", help="Print the names and headers of the files that are exported instead.")
    ] = False,
) -> None:
    """Print an entity's CSV template: its columns and one example row."""
    chosen = entity_named(entity)
    text = _exported(chosen) if export else template_of(chosen)
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")
        screen.print(f"The template of {entity} is in {out}.")


def _exported(entity: Entity) -> str:
    """Each file's path and header, of every exporter of the entity; where there is none, of one that says nothing."""
    if entity.name not in IN_FILES:
        raise typer.BadParameter(f"--export goes with {', '.join(IN_FILES)}", param_hint="ENTITY")
    exporters = [
        each
        for each in configuration_at_rest().exporters.values()
        if each.entity == entity.name and not each.is_creating
    ]
    usual = {"entity": entity.name, "to": "erp", "folder": "Export", "sources": ["shop"]}
    return "\n".join(
        f"{exporter.folder}/{exporter.noun}_<uuid>/{name}\n{header}\n"
        for exporter in exporters or [ExporterSettings.model_validate(usual)]
        for name, header in headers(exporter).items()
    )
