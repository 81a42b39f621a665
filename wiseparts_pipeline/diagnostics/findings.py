"""What a check has found."""

from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """What a finding means for whoever asked."""

    FAULT = "fault"
    LEFT = "left"
    WARNING = "warning"
    NOTE = "note"


class Kind(StrEnum):
    """What was found about sources and their files, connections, exports, the database and the mail server."""

    UNREACHABLE = "unreachable"
    MISSING_FOLDER = "missing_folder"
    NOT_READABLE = "not_readable"
    NOT_WRITABLE = "not_writable"
    NO_MAIL = "no_mail"
    WRONG_FOLDER = "wrong_folder"
    SUBFOLDER = "subfolder"
    WRONG_NAME = "wrong_name"
    SEVERAL_IMPORTERS = "several_importers"
    SEVERAL_COMPANIONS = "several_companions"
    WAITING = "waiting"
    UNFINISHED = "unfinished"
    EMPTY = "empty"
    FUTURE_DATE = "future_date"
    KEPT_BACK = "kept_back"
    FAILED = "failed"
    UNSETTLED = "unsettled"
    IMPORTING = "importing"
    NOT_ARCHIVED = "not_archived"
    ON_DEMAND = "on_demand"
    OTHERS_RECORDS = "others_records"
    HELD_EXPORTS = "held_exports"
    GIVEN_UP_EXPORTS = "given_up_exports"
    LATE_EXPORTS = "late_exports"
    WITHOUT_EXPORTER = "without_exporter"
    NOT_COLLECTED = "not_collected"
    CHANGED_EXPORTS = "changed_exports"
    NOT_PULLED = "not_pulled"
    FAILED_PULL = "failed_pull"
    MATCH_CONFLICTS = "match_conflicts"
    SYSTEM = "system"


class HealthKind(StrEnum):
    """What was found about the installation as a whole."""

    DISK = "disk"
    VERSIONS = "versions"
    DEMO = "demo"
    CLOCK = "clock"
    LOGIN = "login"
    NO_ALERTS = "no_alerts"
    STOPPED_FEED = "stopped_feed"
    OLD_DEFERRED = "old_deferred"
    FAILING_BUILDS = "failing_builds"
    LATE_MARTS = "late_marts"
    MAIL = "mail"
    LONG_LOCK = "long_lock"
    LONG_TRANSACTION = "long_transaction"
    BLOAT = "bloat"


AnyKind = Kind | HealthKind


@dataclass(frozen=True)
class Finding:
    """One thing that a person should know.

    `FAULT`: something cannot be used. `LEFT`: a file is not imported, a record not delivered.
    `WARNING`: something should be looked into.

    `place`: a path below the source's root, a folder ending with `/`, or what the finding is about.
    """

    level: Level
    kind: AnyKind
    place: str
    message: str


@dataclass
class Folder:
    """A folder of importers, and how many of its files are ready or not settled yet."""

    folder: str
    importers: list[str]
    files: int = 0
    ready: int = 0
    unsettled: int = 0


@dataclass
class SourceCheck:
    """What was found on a source."""

    name: str
    place: str
    is_reached: bool = False
    folders: list[Folder] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
