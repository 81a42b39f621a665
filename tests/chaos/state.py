"""What a scenario leaves behind, and how two of these differ."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.place import Place
from tests.chaos.scenario import importers
from wiseparts_pipeline.entities import ENTITIES

# What depends on which of two files of different importers came first.
_BY_ORDER = ("rows_created", "rows_updated", "rows_unchanged", "rows_superseded", "rows_deleted", "warnings")
_LEDGER = "status, rows_read, rows_rejected, rows_waiting, error_code, archived_to, error_file"

# By section: the rows as (key, values), with how often each is there.
State = dict[str, Counter[tuple[Any, Any]]]


def state(place: Place, *, exact: bool) -> State:
    """Tables, import log, rejected and deferred rows, and files. AssertionError: the counts of a file do not add up.

    Not `exact`: without what depends on which of two files of different importers came first.
    """
    queries = {f"raw.{each.entity}": _records(each.entity, exact=exact) for each in importers()}
    queries["history"] = f"select doc_id, {_values('due_docs')} from raw.due_docs_history as stored"
    ledger = f"{_LEDGER}, {', '.join(_BY_ORDER)}" if exact else _LEDGER
    queries["import log"] = f"select importer || '/' || name, {ledger} from ops.import_files"
    resolved = ", (select name from ops.import_files as by where by.file_id = resolved_by_file_id)" if exact else ""
    # A row waited if its file came before the one that it refers to.
    which = "true" if exact else "status <> 'resolved'"
    queries["rejected rows"] = (
        "select (select importer || '/' || name from ops.import_files as file where file.file_id = row.file_id)"
        f" || row_number, column_name, code, message, value, raw::text, status{resolved}"
        f" from ops.rejected_rows as row where {which}"
    )
    queries["deferred rows"] = "select entity || key, row_number from ops.waiting_rows"
    found: State = {}
    with place.warehouse.connect() as connection:
        wrong = connection.execute(
            """
            select name from ops.import_files
            where rows_read <> rows_created + rows_updated + rows_unchanged + rows_superseded + rows_rejected
                + rows_waiting
            """
        ).fetchall()
        assert wrong == [], f"the counts of {wrong} do not add up"
        left = connection.execute("select relname from pg_class where relname ~ '^staging|_staged'").fetchall()
        assert left == [], f"{left} are left behind"
        for section, query in queries.items():
            rows = connection.execute(query.encode()).fetchall()
            found[section] = Counter((str(row[0]), repr(row[1:])) for row in rows)
    found["files"] = Counter(
        (str(path.relative_to(place.root)), _content(path.read_bytes(), is_error_file="errors/" in str(path)))
        for path in place.root.rglob("*")
        if path.is_file()
    )
    return found


def _records(entity: str, *, exact: bool) -> str:
    key = " || '/' || ".join(ENTITIES[entity].key)
    if not exact:
        # A row that waits when a full snapshot lacks it is never loaded; else it would be loaded and deleted.
        return f"select {key}, {_values(entity)} from raw.{entity} as stored where _deleted_at is null"
    # Of two files with the same values, a record is of the one that brought them first.
    lineage = "_row_number, (select name from ops.import_files as f where f.file_id = _file_id)"
    return f"select {key}, {_values(entity)}, _deleted_at is null, {lineage} from raw.{entity} as stored"


def _values(entity: str) -> str:
    return ", ".join(f"stored.{name}" for name in ENTITIES[entity].column_names if name != "system_id")


def _content(content: bytes, *, is_error_file: bool) -> str:
    return repr(list(csv.reader(content.decode().splitlines()))) if is_error_file else repr(content)


@dataclass
class Difference:
    """Between what should be there and what is: keys that are missing, there too often, or have other values."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.lost or self.doubled or self.differing)


def difference(expected: State, found: State) -> Difference:
    told = Difference()
    for section, rows in expected.items():
        keys = {which: Counter(key for key, _ in each.elements()) for which, each in ((0, rows), (1, found[section]))}
        told.lost += [f"{section}: {key}" for key in (keys[0] - keys[1])]
        told.doubled += [f"{section}: {key}" for key in (keys[1] - keys[0])]
        told.differing += [
            f"{section}: {key}: {values}" for key, values in (rows - found[section]) if keys[0][key] == keys[1][key]
        ]
    return told
