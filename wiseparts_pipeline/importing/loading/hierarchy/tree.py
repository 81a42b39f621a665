"""Finds the parent of each row of a hierarchy, and the rows that cannot be where they say.

A row gives its parent by the parent's key, by a path of names from the root down (`A > B > C`), or by both. Rows may be
in any order; the parent may be in the same file or stored already.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.loading.hierarchy.paths import (
    Path,
    Record,
    format_path,
    own_name,
    parse_path,
    path_or_none,
)

# Keys of a cycle in a message.
_SHOWN_KEYS = 10


@dataclass(frozen=True)
class Row:
    """A row of a file; `parent`, `path` and `name` are None where the file has no such column or an empty cell."""

    number: int
    key: str
    parent: str | None
    path: str | None
    name: str | None


@dataclass(frozen=True)
class HierarchyFault:
    """Why a row cannot be where it says."""

    code: RowCode
    message: str


@dataclass
class Resolved:
    """The faults of a file's rows; of the other rows the key of the parent and the name; all by row number."""

    faults: dict[int, HierarchyFault]
    parents: dict[int, str | None]
    names: dict[int, str | None]


def resolve(
    rows: Iterable[Row],
    stored: Mapping[str, Record],
    *,
    gives_parent: bool,
    gives_name: bool,
    path_label: str = "path",
    parent_source: str = "",
) -> Resolved:
    """Finds the parent of each row, and the rows whose parent is missing, form a cycle or contradict another's path.

    `rows`: those without other faults, one per key. `stored`: the existing records by key. `gives_parent`: the file has
    a column with the parent's key, so that an empty cell means a root where no path is given. `gives_name`: it has a
    column with the name, so that an empty cell clears it where no path is given. `path_label` and `parent_source`: what
    messages call the path, and where the file has the parent's key, to be put behind it.
    """
    return _Tree(rows, stored, gives_parent, gives_name, path_label, parent_source).resolve()


class _Tree:
    """The stored records, overlaid with the rows of a file."""

    def __init__(
        self,
        rows: Iterable[Row],
        stored: Mapping[str, Record],
        gives_parent: bool,
        gives_name: bool,
        path_label: str,
        parent_source: str,
    ) -> None:
        self._rows = {row.key: row for row in rows}
        self._stored = stored
        self._gives_parent = gives_parent
        self._gives_name = gives_name
        self._path_label = path_label
        self._parent_source = parent_source
        self._faults: dict[int, HierarchyFault] = {}
        self._paths: dict[str, Path] = {}
        self._read_paths()
        self._full: dict[str, Path | None] = {}
        self._by_path: dict[Path, list[str]] = defaultdict(list)
        for key in {**stored, **self._rows}:
            full = self._full_path(key)
            if full and not self._is_faulty(key):
                self._by_path[full].append(key)
        self._parents = {key: self._find_parent(row) for key, row in self._rows.items()}

    def resolve(self) -> Resolved:
        self._reject_repeated_paths()
        for row in self._rows.values():
            self._check_parent(row)
        self._reject_cycles()
        self._reject_descendants()
        sound = [row for row in self._rows.values() if row.number not in self._faults]
        return Resolved(
            faults=self._faults,
            parents={row.number: self._parents[row.key] for row in sound},
            names={row.number: self._name(row) for row in sound},
        )

    def _read_paths(self) -> None:
        """Notes the paths that are given; that of a stored record with a parent follows from those above it."""
        for key, record in self._stored.items():
            if key not in self._rows and record.parent is None and (path := path_or_none(record.path)):
                self._paths[key] = path
        for key, row in self._rows.items():
            if row.path is None:
                continue
            try:
                self._paths[key] = parse_path(row.path)
            except ValueError:
                self._faults[row.number] = HierarchyFault(
                    RowCode.BAD_FORMAT,
                    f"{self._path_label}: {row.path!r} has a level without a name."
                    " Write it like Car parts > Brakes > Brake pads.",
                )

    def _parent_of_row_without_path(self, row: Row) -> str | None:
        if row.parent is not None or self._gives_parent:
            return row.parent
        record = self._stored.get(row.key)
        return record.parent if record else None

    def _full_path(self, key: str) -> Path | None:
        """The path of a record: as given, else from the names down to it; None where a name or record is missing."""
        chain: dict[str, None] = {}
        at: str | None = key
        while at is not None and at not in self._full and at not in self._paths:
            if at in chain or not (at in self._rows or at in self._stored):
                break
            chain[at] = None
            row = self._rows.get(at)
            at = self._parent_of_row_without_path(row) if row else self._stored[at].parent
        else:
            above = () if at is None else self._paths.get(at) or self._full[at]
            for below in reversed(chain):
                name = self._name_of(below)
                above = None if above is None or not name else (*above, name)
                self._full[below] = above
            return self._paths.get(key) or self._full.get(key)
        for below in chain:
            self._full[below] = None
        return None

    def _name_of(self, key: str) -> str | None:
        row, record = self._rows.get(key), self._stored.get(key)
        return (row and row.name) or (record and own_name(record)) or None

    def _has_path(self, key: str) -> bool:
        return key in self._paths or (key in self._stored and self._stored[key].path is not None)

    def _find_parent(self, row: Row) -> str | None:
        """The key of a row's parent; None for a root, and where no record has the path above."""
        if row.parent is not None or row.key not in self._paths or row.path is None:
            return self._parent_of_row_without_path(row)
        above = self._paths[row.key][:-1]
        return next((key for key in self._by_path.get(above, []) if key != row.key), None) if above else None

    def _is_faulty(self, key: str) -> bool:
        row = self._rows.get(key)
        return row is not None and row.number in self._faults

    def _reject_repeated_paths(self) -> None:
        for path, keys in self._by_path.items():
            given = [key for key in keys if self._has_path(key)]
            if len(given) < 2:
                continue
            for row in (self._rows[key] for key in given if key in self._rows and self._rows[key].path is not None):
                others = ", ".join(key for key in given if key != row.key)
                self._faults[row.number] = HierarchyFault(
                    RowCode.PATH_CONFLICT,
                    f"{self._path_label}: {format_path(path)!r} is also the path of {others}. Correct one of them.",
                )

    def _check_parent(self, row: Row) -> None:
        if row.number in self._faults:
            return
        parent = self._parents[row.key]
        path = self._paths.get(row.key) if row.path is not None else None
        if parent is None:
            if path is not None and len(path) > 1:
                self._faults[row.number] = _missing_parent(f"with the path {format_path(path[:-1])!r}")
        elif not (parent in self._rows or parent in self._stored):
            self._faults[row.number] = _missing_parent(parent + self._parent_source)
        elif path is not None and row.parent is not None:
            above = self._full_path(parent)
            if above is not None and above != path[:-1]:
                self._faults[row.number] = HierarchyFault(
                    RowCode.PATH_CONFLICT,
                    f"{self._path_label}: {format_path(path)!r} is not below {parent}, whose path is"
                    f" {format_path(above)!r}. Correct the path or the key of the parent.",
                )

    def _above(self, key: str) -> str | None:
        return self._parents[key] if key in self._rows else self._stored[key].parent if key in self._stored else None

    def _reject_cycles(self) -> None:
        checked: set[str] = set()
        for start in self._rows:
            chain: dict[str, None] = {}
            at: str | None = start
            while at is not None and at not in checked and at not in chain:
                chain[at] = None
                at = self._above(at)
            if at in chain:
                keys = list(chain)
                cycle = keys[keys.index(at) :]
                shown = cycle if len(cycle) <= _SHOWN_KEYS else [cycle[0], "...", *cycle[1 - _SHOWN_KEYS :]]
                keys_shown = " > ".join([*reversed(shown), cycle[-1]])
                fault = HierarchyFault(RowCode.CYCLE, RowCode.CYCLE.message(keys=keys_shown))
                for row in (self._rows[key] for key in cycle if key in self._rows):
                    self._faults[row.number] = fault
            checked.update(chain)

    def _reject_descendants(self) -> None:
        below: dict[str, list[Row]] = defaultdict(list)
        for key, row in self._rows.items():
            if (parent := self._parents[key]) is not None:
                below[parent].append(row)
        rejected = [row for row in self._rows.values() if row.number in self._faults]
        while rejected:
            above = rejected.pop()
            for row in below[above.key]:
                if row.number not in self._faults:
                    self._faults[row.number] = HierarchyFault(
                        self._faults[above.number].code,
                        f"Its parent, {above.key} in row {above.number}, is rejected. Correct it, then send both.",
                    )
                    rejected.append(row)

    def _name(self, row: Row) -> str | None:
        """The name given, else the last of the path; a stored name that is not the last of the stored path is kept."""
        record = self._stored.get(row.key)
        if row.name is not None:
            return row.name
        if row.path is None:
            return record.name if record and not self._gives_name else None
        if record and record.name and not _is_last_name(record.name, record.path):
            return record.name
        return self._paths[row.key][-1]


def _missing_parent(parent: str) -> HierarchyFault:
    return HierarchyFault(RowCode.MISSING_PARENT, RowCode.MISSING_PARENT.message(parent=parent))


def _is_last_name(name: str, path: str | None) -> bool:
    try:
        return path is not None and parse_path(path)[-1] == name
    except ValueError:
        return False
