"""What a pull takes: the changes since the last one, everything, or records with some keys."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from croniter import croniter
from psycopg import sql

from wiseparts_pipeline.config.columns import ColumnRule
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.connections.base import ChangedSince, Everything, Readable, Selection, WithKeys
from wiseparts_pipeline.connections.errors import Refused
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.pulling.log import Kind, last_imported
from wiseparts_pipeline.warehouse import Connection


@dataclass(frozen=True)
class Choice:
    """What is asked of the system. `since`: from when on changes are asked for."""

    kind: Kind
    selection: Selection
    since: datetime | None = None


def choose(
    connection: Connection, pull: PullSettings, readable: Readable, now: datetime, *, full: bool, asked: WithKeys | None
) -> Choice:
    """`now`: our clock, which `full` is scheduled by. `asked`: the records that somebody wants.

    Raises Refused if everything would be asked for more often than it may be.
    """
    if asked is not None:
        return Choice(Kind.KEYS, asked)
    among = matched_keys(connection) if pull.takes_matched else None
    last = last_imported(connection, pull, [Kind.CHANGES, Kind.FULL])
    everything = full or last is None or pull.mode == "snapshot" or not readable.by_time
    if everything or full_is_due(connection, pull, now):
        if not (readable.full_once_a_day and _was_full_today(connection, pull, now)):
            return Choice(Kind.FULL, Everything(among))
        if everything:
            raise Refused(
                f"pull {pull.name}: everything was taken today, and {pull.connection} may be asked for it once a day"
            )
    assert last is not None
    since = last.began_at - pull.looks_back
    return Choice(Kind.CHANGES, ChangedSince(since, among), since)


def matched_keys(connection: Connection) -> list[str]:
    """The suppliers' products that are matched to ours."""
    rows = connection.execute(
        "select distinct theirs from ops.matches where kind = 'product' and status = 'confirmed' order by 1"
    )
    return [row[0] for row in rows]


def _was_full_today(connection: Connection, pull: PullSettings, now: datetime) -> bool:
    last, zone = last_imported(connection, pull, [Kind.FULL]), ZoneInfo(pull.timezone)
    return last is not None and last.started_at.astimezone(zone).date() == now.astimezone(zone).date()


def full_is_due(connection: Connection, pull: PullSettings, now: datetime) -> bool:
    """Whether everything should have been read since it was the last time."""
    if pull.full is None:
        return False
    last = last_imported(connection, pull, [Kind.FULL])
    due = croniter(pull.full, now.astimezone(ZoneInfo(pull.timezone))).get_prev(datetime)
    return last is None or last.started_at < due


def reads_by_key(pull: PullSettings, readable: Readable, asked: WithKeys | None) -> bool:
    """Whether records are asked for by their own keys."""
    return bool(pull.reread) or (asked is not None and (asked.of == pull.entity or readable.open_of_owner))


def keys_to_reread(connection: Connection, pull: PullSettings, readable: Readable, choice: Choice) -> list[str]:
    """The keys of stored records of this connection that are read again, whatever the system tells of changes.

    They are those that have one of the values of `reread`. Where the open ones of an owner are asked for, what was
    closed meanwhile is not among them: then they are those of the owner.
    """
    conditions: list[sql.Composable] = [
        sql.SQL("{}::text = any({})").format(sql.Identifier(column), sql.Literal(list(values)))
        for column, values in pull.reread.items()
    ]
    owned: sql.Composable = sql.SQL("true")
    match choice.selection:
        case ChangedSince() if conditions:
            pass
        case WithKeys(keys, of) if (
            of != pull.entity and readable.open_of_owner and (column := _owner_column(pull.entity, of))
        ):
            owned = sql.SQL("{} = any({})").format(sql.Identifier(column), sql.Literal(list(keys)))
        case _:
            return []
    query = sql.SQL(
        "select distinct {key}::text from {table} where _source = {source} and _deleted_at is null and ({conditions})"
        " and {owned} and {key} is not null order by 1"
    ).format(
        key=sql.Identifier(key_column(pull)),
        table=sql.Identifier("raw", pull.entity),
        source=sql.Literal(pull.connection),
        conditions=sql.SQL(" or ").join(conditions or [sql.SQL("true")]),
        owned=owned,
    )
    return [row[0] for row in connection.execute(query)]


def _owner_column(entity: str, owner: str) -> str | None:
    """The column of the entity that refers to the owner's key."""
    references = ((each.name, each.reference) for each in ENTITIES[entity].columns)
    return next((name for name, reference in references if reference and reference.entity == owner), None)


def key_column(pull: PullSettings) -> str:
    """The column with the key of the pull's records: of documents with lines, the document's."""
    return ENTITIES[pull.entity].key[0]


def check_keys(pull: PullSettings, importer: ImporterSettings, readable: Readable) -> None:
    """Raises ConfigurationError where the key in our table is not what the system can be asked for."""
    column = key_column(pull)
    if not readable.key:
        raise ConfigurationError(
            f"pull {pull.name}: its records cannot be asked for by their key; say in `keys` how the system is asked"
        )
    if importer.columns.get(column) != ColumnRule.model_validate(readable.key):
        raise ConfigurationError(
            f"pull {pull.name}: columns.{column}: to read records again by their key, it must be `{readable.key}` as"
            f" the system has it"
        )
