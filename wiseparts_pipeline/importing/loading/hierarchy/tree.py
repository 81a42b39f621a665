"""The rules of hierarchies: where each row of a file stands in the tree, and which rows cannot stand there.

A tree is given by the key of the record above, by a path of names from the top down (`A > B > C`), or by both. Rows may
stand in any order; the record above may be in the same file or stored already.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wiseparts_pipeline.importing.faults import RowCode

Path = tuple[str, ...]

_SEPARATOR = ">"
_QUOTE = '"'
# Of the keys of a cycle, in a message.
_SHOWN_KEYS = 10


def parse_path(text: str) -> Path:
    """The names of a path from the top down; a name in double quotes may have a `>`. ValueError: a name is empty."""
    names, rest = [], text.strip()
    while True:
        name, rest = _first_name(rest)
        if not name:
            raise ValueError(text)
        names.append(name)
        if not rest:
            return tuple(names)
        rest = rest[1:].strip()


def _first_name(text: str) -> tuple[str, str]:
    """The first name of a path, and what follows it with its separator."""
    if text.startswith(_QUOTE):
        end = 1
        while (end := text.find(_QUOTE, end)) > 0:
            if text.startswith(_QUOTE, end + 1):
                end += 2
                continue
            rest = text[end + 1 :].strip()
            if not rest or rest.startswith(_SEPARATOR):
                return text[1:end].replace(_QUOTE * 2, _QUOTE).strip(), rest
            break
    # A quote that is not closed before a separator is part of the name: 5" discs.
    name, separator, rest = text.partition(_SEPARATOR)
    return name.strip(), separator + rest


def format_path(names: Iterable[str]) -> str:
    """The names as a path that `parse_path` reads."""
    return f" {_SEPARATOR} ".join(map(_quoted, names))


def _quoted(name: str) -> str:
    if _SEPARATOR in name or name.startswith(_QUOTE):
        return _QUOTE + name.replace(_QUOTE, _QUOTE * 2) + _QUOTE
    return name


@dataclass(frozen=True)
class Record:
    """A stored record: the key of the one above, its path and its name as they are stored."""

    parent: str | None
    path: str | None
    name: str | None


@dataclass(frozen=True)
class Row:
    """A row of a file; `parent`, `path` and `name` are None where the file has no such column or an empty cell."""

    number: int
    key: str
    parent: str | None
    path: str | None
    name: str | None


@dataclass(frozen=True)
class Misplaced:
    """Why a row cannot stand where it says."""

    code: RowCode
    message: str


@dataclass
class Placed:
    """Where the rows of a file stand: faults by row number; of the other rows the key above and the name."""

    faults: dict[int, Misplaced]
    parents: dict[int, str | None]
    names: dict[int, str | None]


def place(rows: Iterable[Row], stored: Mapping[str, Record], *, gives_parent: bool, gives_name: bool) -> Placed:
    """Finds the record above each row, and the rows that have none, form a cycle or contradict another's path.

    `rows`: those without other faults, one a key. `stored`: the records that there are, by key. `gives_parent`: the
    file has a column with the key of the record above, so that an empty cell means the top where no path is given.
    `gives_name`: it has a column with the name, so that an empty cell clears it where no path is given.
    """
    return _Tree(rows, stored, gives_parent, gives_name).placed()


class _Tree:
    """The stored records with the rows of a file put over them."""

    def __init__(self, rows: Iterable[Row], stored: Mapping[str, Record], gives_parent: bool, gives_name: bool) -> None:
        self._rows = {row.key: row for row in rows}
        self._stored = stored
        self._gives_parent = gives_parent
        self._gives_name = gives_name
        self._faults: dict[int, Misplaced] = {}
        self._paths: dict[str, Path] = {}
        self._read_paths()
        self._full: dict[str, Path | None] = {}
        self._by_path: dict[Path, list[str]] = defaultdict(list)
        for key in {**stored, **self._rows}:
            full = self._full_path(key)
            if full and not self._is_faulty(key):
                self._by_path[full].append(key)
        self._parents = {key: self._find_parent(row) for key, row in self._rows.items()}

    def placed(self) -> Placed:
        self._reject_repeated_paths()
        for row in self._rows.values():
            self._check_parent(row)
        self._reject_cycles()
        self._reject_what_is_below()
        sound = [row for row in self._rows.values() if row.number not in self._faults]
        return Placed(
            faults=self._faults,
            parents={row.number: self._parents[row.key] for row in sound},
            names={row.number: self._name(row) for row in sound},
        )

    def _read_paths(self) -> None:
        """Notes the paths that are taken at their word; that of a stored record follows from those above it."""
        for key, record in self._stored.items():
            if key not in self._rows and record.parent is None and (path := _path_or_none(record.path)):
                self._paths[key] = path
        for key, row in self._rows.items():
            if row.path is None:
                continue
            try:
                self._paths[key] = parse_path(row.path)
            except ValueError:
                self._faults[row.number] = Misplaced(
                    RowCode.BAD_FORMAT,
                    f"path: {row.path!r} has a level without a name. Write it like Car parts > Brakes > Brake pads.",
                )

    def _parent_of_row_without_path(self, row: Row) -> str | None:
        if row.parent is not None or self._gives_parent:
            return row.parent
        record = self._stored.get(row.key)
        return record.parent if record else None

    def _full_path(self, key: str) -> Path | None:
        """The path of a record: as given, else from the names down to it; None where that leads nowhere."""
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
        return (row and row.name) or (record and _own_name(record)) or None

    def _has_path(self, key: str) -> bool:
        return key in self._paths or (key in self._stored and self._stored[key].path is not None)

    def _find_parent(self, row: Row) -> str | None:
        """The key above a row; None at the top, and where the path leads nowhere."""
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
                self._faults[row.number] = Misplaced(
                    RowCode.PATH_CONFLICT,
                    f"path: {format_path(path)!r} is also the path of {others}. Correct one of them.",
                )

    def _check_parent(self, row: Row) -> None:
        if row.number in self._faults:
            return
        parent = self._parents[row.key]
        path = self._paths.get(row.key) if row.path is not None else None
        if parent is None:
            if path is not None and len(path) > 1:
                self._faults[row.number] = Misplaced(
                    RowCode.MISSING_PARENT,
                    f"There is no record with the path {format_path(path[:-1])!r}, neither in the file nor stored."
                    " Send it, then this row again.",
                )
        elif not (parent in self._rows or parent in self._stored):
            self._faults[row.number] = Misplaced(
                RowCode.MISSING_PARENT,
                f"There is no record {parent}, neither in the file nor stored. Send it, then this row again.",
            )
        elif path is not None and row.parent is not None:
            above = self._full_path(parent)
            if above is not None and above != path[:-1]:
                self._faults[row.number] = Misplaced(
                    RowCode.PATH_CONFLICT,
                    f"path: {format_path(path)!r} does not lie below {parent}, whose path is {format_path(above)!r}."
                    " Correct the path or the key of the record above.",
                )

    def _above(self, key: str) -> str | None:
        return self._parents[key] if key in self._rows else self._stored[key].parent if key in self._stored else None

    def _reject_cycles(self) -> None:
        settled: set[str] = set()
        for start in self._rows:
            chain: dict[str, None] = {}
            at: str | None = start
            while at is not None and at not in settled and at not in chain:
                chain[at] = None
                at = self._above(at)
            if at in chain:
                keys = list(chain)
                cycle = keys[keys.index(at) :]
                shown = cycle if len(cycle) <= _SHOWN_KEYS else [cycle[0], "...", *cycle[1 - _SHOWN_KEYS :]]
                said = " > ".join([*reversed(shown), cycle[-1]])
                for row in (self._rows[key] for key in cycle if key in self._rows):
                    self._faults[row.number] = Misplaced(
                        RowCode.CYCLE, f"The record would stand below itself: {said}. Correct the record above."
                    )
            settled.update(chain)

    def _reject_what_is_below(self) -> None:
        below: dict[str, list[Row]] = defaultdict(list)
        for key, row in self._rows.items():
            if (parent := self._parents[key]) is not None:
                below[parent].append(row)
        rejected = [row for row in self._rows.values() if row.number in self._faults]
        while rejected:
            above = rejected.pop()
            for row in below[above.key]:
                if row.number not in self._faults:
                    self._faults[row.number] = Misplaced(
                        self._faults[above.number].code,
                        f"The record above it, {above.key} in row {above.number}, is rejected. Correct that one, then"
                        " send both.",
                    )
                    rejected.append(row)

    def _name(self, row: Row) -> str | None:
        """The name given, else the last of the path; a stored name that is not the path's last is left alone."""
        record = self._stored.get(row.key)
        if row.name is not None:
            return row.name
        if row.path is None:
            return record.name if record and not self._gives_name else None
        if record and record.name and not _is_last_name(record.name, record.path):
            return record.name
        return self._paths[row.key][-1]


def _is_last_name(name: str, path: str | None) -> bool:
    try:
        return path is not None and parse_path(path)[-1] == name
    except ValueError:
        return False


def moved_paths(stored: Mapping[str, Record]) -> dict[str, str]:
    """The paths that are no longer true because a record above has moved or was renamed, as they are now, by key.

    Records that have no path, and those at the top, are left as they are.
    """
    paths: dict[str, Path | None] = {}

    def path_of(key: str) -> Path | None:
        chain: dict[str, None] = {}
        at: str | None = key
        while at is not None and at in stored and at not in paths and at not in chain:
            chain[at] = None
            at = stored[at].parent
        for each in reversed(chain):
            record = stored[each]
            above = paths.get(record.parent) if record.parent is not None else ()
            own = _own_name(record)
            if record.parent is None or record.parent not in stored:
                paths[each] = _path_or_none(record.path) or ((own,) if own else None)
            else:
                paths[each] = (*above, own) if above and own else _path_or_none(record.path)
        return paths.get(key)

    moved = {}
    for key, record in stored.items():
        now = path_of(key)
        if record.path is not None and now is not None and _path_or_none(record.path) != now:
            moved[key] = format_path(now)
    return moved


def _own_name(record: Record) -> str | None:
    path = _path_or_none(record.path)
    return path[-1] if path else record.name


def _path_or_none(text: str | None) -> Path | None:
    try:
        return parse_path(text) if text else None
    except ValueError:
        return None
