"""`wiseparts validate`: whether files are openTRANS 2.1 documents, and add up."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from wiseparts_pipeline.cli.output import out, print_json, printable
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.opentrans import Document, Fault, Kind, Unreadable, parse, read, schema_faults, total_faults

EXIT_FAULTS = 3


@dataclass(frozen=True)
class _Validated:
    """What was found in a file. `document`: None if it is of a kind that is checked against the schema only."""

    file: Path
    faults: Sequence[Fault]
    kind: str | None = None
    document: Document | None = None


def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="openTRANS documents on this machine.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Check openTRANS 2.1 documents against the published schema, and whether what they count and add up is so.

    Nothing is sent anywhere, imported or changed.

    Exit status: 0 all is well · 3 something is wrong with a document · 1 a file cannot be read.
    """
    found = [_validated(file) for file in files]
    if as_json:
        print_json([_described(each) for each in found])
    else:
        for each in found:
            _report(each)
    if any(each.faults for each in found):
        raise typer.Exit(EXIT_FAULTS)


def _validated(file: Path) -> _Validated:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise WisepartsError(f"{file}: {error.strerror}. Name a file that you may read.") from None
    try:
        root = parse(content)
    except Unreadable as error:
        return _Validated(file, [Fault(None, "document", str(error))])
    faults, kind = schema_faults(root), str(root.tag).rpartition("}")[2]
    try:
        document = read(root)
    except Unreadable as error:
        if kind in list(Kind) and not faults:
            faults = [Fault(None, "document", str(error))]
        return _Validated(file, faults, kind)
    return _Validated(file, [*faults, *total_faults(document)], kind, document)


def _described(found: _Validated) -> dict[str, object]:
    return {
        "file": str(found.file),
        "kind": found.kind,
        "number": found.document.number if found.document else None,
        "valid": not found.faults,
        "faults": [asdict(fault) for fault in found.faults],
    }


def _report(found: _Validated) -> None:
    document = found.document
    what = " ".join(filter(None, (found.kind, document.number if document else None)))
    if found.faults:
        out.print(printable(f"{found.file}: {what or 'no document'}, {len(found.faults)} wrong"))
        for fault in found.faults:
            out.print(printable(f"  {fault}"))
    elif document is None:
        out.print(printable(f"{found.file}: {what}, as the schema wants it; what it adds up to is not checked"))
    else:
        lines = f"{len(document.lines)} line{'' if len(document.lines) == 1 else 's'}"
        out.print(printable(f"{found.file}: {what}, {lines}, all is well"))
