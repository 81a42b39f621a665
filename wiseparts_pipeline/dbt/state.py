"""What the models were last built from, in the database, and which of them are to be built again."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from psycopg.types.json import Jsonb

from wiseparts_pipeline.dbt.lineage import Model, MonthTest
from wiseparts_pipeline.dbt.project import project_variables
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.connection import current_time


@dataclass(frozen=True)
class Built:
    """What a model was last built from: by entity the version of its rows, and the digest of its code.

    `as_of`: the day that it was built as of, if it depends on that and the build was given one.
    """

    seen: Mapping[str, int]
    code: str
    at: datetime
    as_of: date | None = None


def built_models(connection: Connection) -> dict[str, Built]:
    """By name, the last successful build of each model, seed and snapshot."""
    rows = connection.execute("select model, seen, code, built_at, as_of from ops.model_builds").fetchall()
    return {name: Built(*built) for name, *built in rows}


def due_models(
    models: Mapping[str, Model],
    built: Mapping[str, Built],
    versions: Mapping[str, int],
    today: datetime,
    held: Collection[str] = (),
    fixed: date | None = None,
) -> list[str]:
    """The models that were built from other rows or other code than there are now, or never, and all after them.

    `versions`: of the entities' rows now. `today`: when the day began; what depends on the day is built after that, and
    as of no other day. `fixed`: the day that it is built as of instead, whatever day it is.
    `held`: entities whose changes are left for later.
    """
    due: dict[str, Model] = {}
    for model in models.values():
        last = built.get(model.name)
        if (
            last is None
            or last.code != model.code
            or (model.by_day and (last.as_of != fixed or (fixed is None and last.at < today)))
            or any(versions.get(entity, 0) != last.seen.get(entity, 0) for entity in model.made_of.difference(held))
            or not due.keys().isdisjoint(model.parents)
        ):
            due[model.name] = model
    return list(due)


def note_built(
    connection: Connection, models: Mapping[str, Model], names: Collection[str], versions: Mapping[str, int]
) -> None:
    """Records that these models were built from `versions` of the entities that they read, and from what others are.

    A model is as old as the oldest that it reads.
    """
    built, now = built_models(connection), current_time(connection)
    for model in models.values():
        if model.name not in names:
            continue
        read: list[Mapping[str, int]] = [{entity: versions.get(entity, 0) for entity in model.reads}]
        for parent in model.parents:
            read.append(built[parent].seen if parent in built else dict.fromkeys(models[parent].made_of, 0))
        seen = {entity: min(each[entity] for each in read if entity in each) for entity in model.made_of}
        built[model.name] = Built(seen, model.code, now)
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            """
            insert into ops.model_builds (model, seen, code, built_at) values (%s, %s, %s, %s)
            on conflict (model) do update
            set seen = excluded.seen, code = excluded.code, built_at = excluded.built_at, as_of = excluded.as_of
            """,
            [(name, Jsonb(dict(built[name].seen)), built[name].code, now) for name in models if name in names],
        )


def recorded_day(as_of: object, fixed: date | None, now: datetime) -> date | None:
    """What is recorded of a build with this variable `as_of`: None if it is as of its own day, as automatic builds are.

    `fixed`: the day of automatic builds, if they are as of no other.
    """
    given = date.fromisoformat(str(as_of)) if as_of else None
    return None if given == _today(now) and given != fixed else given


def note_as_of(connection: Connection, models: Mapping[str, Model], names: Iterable[str], day: date) -> None:
    """Records that those of these models that depend on the day were built as of this one."""
    by_day = [name for name in names if name in models and models[name].by_day]
    connection.execute("update ops.model_builds set as_of = %s where model = any(%s)", [day, by_day])


def note_day(
    connection: Connection, models: Mapping[str, Model], names: Iterable[str], as_of: object, now: datetime
) -> None:
    """Records the day, also if that is the build's own, so that marts of different days can be told from each other."""
    by_day = [name for name in names if name in models and models[name].by_day]
    day = str(as_of) if as_of else str(_today(now))
    connection.execute("update ops.model_builds set day = %s::date where model = any(%s)", [day, by_day])


def _today(now: datetime) -> date:
    return now.astimezone(ZoneInfo(project_variables()["timezone"])).date()


def note_tested(connection: Connection, passed: Iterable[MonthTest], failed: Iterable[str], began: datetime) -> None:
    """Records with which rows of each month tests have passed, in a build that `began` then.

    `failed`: unique ids of tests, which look at all months until they pass. A tie-out to raw lets an import that has
    ended since pass unseen, so that it is not recorded.
    """
    connection.execute("delete from ops.tested_months where test = any(%s)", [list(failed)])
    for test in passed:
        connection.execute(
            """
            insert into ops.tested_months as tested (test, model, month, version)
            select %(test)s, model, month, version from ops.mart_months
            where
                model = any(%(models)s)
                and not exists (
                    select from ops.import_files where entity = any(%(entities)s) and finished_at >= %(began)s
                )
            on conflict (test, model, month) do update set version = excluded.version
            where tested.version <> excluded.version
            """,
            {
                "test": test.unique_id,
                "models": list(test.models),
                "entities": list(test.made_of),
                "began": began,
            },
        )


def note_failures(
    connection: Connection, failed: Collection[str], passed: Collection[str], known: Collection[str]
) -> None:
    """Records in how many builds in succession models and tests have failed.

    One that was skipped or not selected keeps its number, and one that is not `known` any more loses it.
    """
    with connection.transaction():
        connection.execute(
            "delete from ops.build_failures where node = any(%s) or not node = any(%s)", [list(passed), list(known)]
        )
        connection.execute(
            """
            insert into ops.build_failures as failing (node, builds) select unnest(%s::text[]), 1
            on conflict (node) do update set builds = failing.builds + 1
            """,
            [sorted(failed)],
        )
