"""Who was forgotten, for imports: whose rows of an entity are emptied, and which records are theirs since."""

from collections import Counter
from collections.abc import Iterator

from psycopg import sql

from wiseparts_pipeline.entities.schema import SYSTEM_ID, Entity, Person
from wiseparts_pipeline.importing.faults import Fault, WarningCode
from wiseparts_pipeline.importing.loading.rows import Rows
from wiseparts_pipeline.importing.validation.forgotten import Forgotten
from wiseparts_pipeline.warehouse import Connection


def whose(connection: Connection, entity: Entity) -> Forgotten | None:
    """Whose rows of the entity are emptied; None for nobody's."""
    person = entity.person
    if person is None:
        return None
    found = connection.execute(
        "select entity, key, system_id::text, person_entity, person_key from ops.forgotten where entity = any(%s)",
        [list({entity.name, person.entity})],
    ).fetchall()
    if not found:
        return None
    persons = [key for of, key, _, person_entity, _ in found if of == person_entity == person.entity]
    # The entity's own records: of a person who is of another entity, such as a contact, they have no other key.
    own = [
        (key, system_id, person_key if person_entity == person.entity else None)
        for of, key, system_id, person_entity, person_key in found
        if of == entity.name
    ]
    return Forgotten(
        entity,
        frozenset(persons),
        {key: person_key for key, _, person_key in own},
        {system_id: person_key for _, system_id, person_key in own if system_id},
    )


def hidden(rows: Rows, faults: Iterator[Fault]) -> Iterator[Fault]:
    """The faults of a file's rows, without what those of forgotten persons contain."""
    return rows.rules.forgotten.hidden(faults) if rows.rules.forgotten else faults


def note_records(rows: Rows) -> Counter[str]:
    """Records which records are forgotten persons' by the file, for when they come without the person's key.

    What earlier rows without the person's key have left in these records is emptied as well. Returns the warning about
    the file's rows that were emptied.
    """
    forgotten = rows.rules.forgotten
    if forgotten is None or not forgotten.emptied:
        return Counter()
    if rows.entity.personal_columns and _collect_records(rows, forgotten):
        rows.execute(
            """
            insert into ops.forgotten as known (entity, key, system_id, person_entity, person_key)
            select {entity}, key, system_id, {person_entity}, person from {theirs}
            on conflict (entity, key) do update set system_id = excluded.system_id where known.system_id is null
            """,
            entity=sql.Literal(rows.entity.name),
            person_entity=sql.Literal(forgotten.person.entity),
        )
        _empty_records(rows, forgotten.person)
    return Counter({str(WarningCode.FORGOTTEN): len(forgotten.emptied)})


def _collect_records(rows: Rows, forgotten: Forgotten) -> int:
    """Collects the persons' records that the file's loaded or deferred rows, or parts, are; returns how many."""
    master = rows.entity.master
    is_theirs = sql.SQL("{} = any({})")
    person, persons = forgotten.person.column, sql.Literal(list(forgotten.persons))
    conditions = [is_theirs.format(sql.Identifier("stored", person), persons)]
    if master:
        system_ids = sql.Literal(list(forgotten.system_ids))
        conditions.append(
            is_theirs.format(sql.SQL("stored.{}::text").format(sql.Identifier(SYSTEM_ID.name)), system_ids)
        )
    return rows.execute(
        """
        create unlogged table {theirs} as
        select distinct on (key) * from (
            select {key} as key, {system_id} as system_id, {person} as person, {stored} from {target} as stored
            where _file_id = {file_id} and ({conditions})
            union all
            select key, null, {person}, {waiting_key} from {waiting} as waiting
            where file_id = {file_id} and {waits}
            union all
            select part.key, null, {person}, {part_key} from ops.record_parts as part
            cross join lateral jsonb_populate_record(null::{target}, part.record) as came
            where part.entity = {entity} and part.file_id = {file_id} and {is_part}
        ) as found
        where key is not null and person is not null
        order by key, system_id
        """,
        key=rows.key_text("stored"),
        system_id=sql.Identifier("stored", SYSTEM_ID.name) if master else sql.SQL("null::uuid"),
        person=sql.Identifier(person),
        stored=rows.names(rows.entity.key, "stored"),
        waiting_key=rows.names(rows.entity.key, "waiting"),
        part_key=rows.names(rows.entity.key, "came"),
        conditions=sql.SQL(" or ").join(conditions),
        waits=is_theirs.format(sql.Identifier("waiting", person), persons),
        is_part=is_theirs.format(sql.Identifier("came", person), persons),
        entity=sql.Literal(rows.entity.name),
        file_id=sql.Literal(rows.rules.file_id),
    )


def _empty_records(rows: Rows, person: Person) -> None:
    """Empties the collected records, their deferred rows and their parts; those without the person's key get it."""
    emptied = [(sql.Identifier(each.name), sql.Literal(each.forgotten)) for each in rows.entity.personal_columns]
    assignments = [sql.SQL("{} = {}").format(*each) for each in emptied]
    differs = [sql.SQL("known.{} is distinct from {}").format(*each) for each in emptied]
    pairs = [
        sql.SQL("{}::text, {}::text").format(sql.Literal(c.name), sql.Literal(c.forgotten))
        for c in rows.entity.personal_columns
    ]
    if person.column not in rows.entity.key:
        given = sql.SQL("coalesce({}, theirs.person)")
        column = sql.Identifier("known", person.column)
        assignments.append(sql.SQL("{} = {}").format(sql.Identifier(person.column), given.format(column)))
        differs.append(sql.SQL("{} is null").format(column))
        name = sql.Literal(person.column)
        pairs.append(sql.SQL("{}::text, {}").format(name, given.format(sql.SQL("known.record ->> {}").format(name))))
    parts = {"assignments": sql.SQL(", ").join(assignments), "differs": sql.SQL(" or ").join(differs)}
    same = [sql.SQL("known.{0} = theirs.{0}").format(sql.Identifier(name)) for name in rows.entity.key]
    rows.execute(
        "update {target} as known set {assignments}, _fingerprint = null, _updated_at = {moment}"
        " from {theirs} as theirs where {same} and ({differs})",
        same=sql.SQL(" and ").join(same),
        **parts,
    )
    rows.execute(
        """
        with emptied as (
            update {waiting} as known set {assignments} from {theirs} as theirs
            where known.key = theirs.key and ({differs})
            returning known.file_id, known.row_number
        )
        update ops.deferred_rows as came set raw = '{{}}' from emptied
        where came.file_id = emptied.file_id and came.row_number = emptied.row_number
        """,
        **parts,
    )
    rows.execute(
        "update ops.record_parts as known set record = known.record || jsonb_build_object({pairs})"
        " from {theirs} as theirs where known.entity = {entity} and known.key = theirs.key",
        entity=sql.Literal(rows.entity.name),
        pairs=sql.SQL(", ").join(pairs),
    )


def empty_deferred_cells(rows: Rows) -> None:
    """Deletes what is kept of forgotten persons' deferred rows as they came."""
    if (forgotten := rows.rules.forgotten) and forgotten.rows:
        rows.execute(
            "update ops.deferred_rows set raw = '{{}}' where file_id = {file_id} and row_number = any({rows})",
            file_id=sql.Literal(rows.rules.file_id),
            rows=sql.Literal(sorted(forgotten.rows)),
        )
