"""Finds the columns of a file by the names that an importer's settings have for them."""

from collections.abc import Iterable

from wiseparts_pipeline.config.attributes import composed
from wiseparts_pipeline.config.columns import TEMPLATE_CELL, ColumnRule
from wiseparts_pipeline.config.importer import ColumnMatch
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile


class ColumnNames:
    """The names of a file's columns as they came, and how names in the settings are compared with them.

    An accent may be written as one character with its letter or as two. With `match_columns: loose`, upper and lower
    case and blanks make no difference either. A name that is exactly the same comes before one that only compares so.
    """

    def __init__(self, columns: Iterable[str], match: ColumnMatch) -> None:
        self.match = match
        self._columns = frozenset(columns)
        self._by_key: dict[str, list[str]] = {}
        for column in columns:
            self._by_key.setdefault(self._key(column), []).append(column)

    def find(self, *names: str) -> str | None:
        """The file's name of the column that is called one of these. Raises RefusedFile if it has several."""
        found = {name: column for name in names if (column := self._find(name)) is not None}
        if len(set(found.values())) > 1:
            raise RefusedFile(
                RefusalCode.DUPLICATE_COLUMN,
                f"The file has {' and '.join(found.values())}, which the settings name for the same column"
                f" ({', '.join(names)}). Leave out the one that does not count, here or in the file.",
            )
        return next(iter(found.values()), None)

    def resolved(self, rule: ColumnRule) -> ColumnRule:
        """The rule with the file's own names in place of those in the settings; names that it lacks stay."""
        if rule.from_ is not None and (found := self.find(*rule.names)):
            return rule.model_copy(update={"from_": found})
        if rule.template is not None:
            return rule.model_copy(update={"template": self._resolved_text(rule.template)})
        return rule

    def lacking(self, rule: ColumnRule) -> list[str]:
        """What the file lacks of a resolved rule's columns: each as the settings name it, all names of it together."""
        if rule.names:
            return [] if self._columns.intersection(rule.names) else [" or ".join(rule.names)]
        return [name for name in rule.file_columns if name not in self._columns]

    def _find(self, name: str) -> str | None:
        if name in self._columns:
            return name
        found = self._by_key.get(self._key(name), [])
        if len(found) > 1:
            raise RefusedFile(
                RefusalCode.DUPLICATE_COLUMN,
                f"{' and '.join(map(repr, found))} could both be the column {name!r}. Rename one, or write in the"
                " settings exactly how the one that counts is called.",
            )
        return found[0] if found else None

    def _resolved_text(self, text: str) -> str:
        return TEMPLATE_CELL.sub(lambda cell: f"{{{self.find(cell[1]) or cell[1]}{cell[2]}}}", text)

    def _key(self, name: str) -> str:
        if self.match is ColumnMatch.LOOSE:
            name = "".join(composed(name).casefold().split())
        return composed(name)
