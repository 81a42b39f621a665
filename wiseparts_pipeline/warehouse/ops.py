"""The schema ops: ledger, outbox, pulls, what was built, what is wrong.

Longer than 300 lines because it has the statement of every table, with what its columns mean.
"""

from typing import Any, LiteralString

from psycopg import sql

from wiseparts_pipeline.warehouse.connection import Connection

SCHEMAS = ("raw", "ops", "staging", "snapshots", "intermediate", "marts", "dagster")

_TABLES: dict[str, LiteralString] = {
    "import_files": """
        create table ops.import_files (
            file_id bigint generated always as identity primary key,
            importer text not null,
            entity text not null,
            source text not null,
            path text not null,
            name text not null,
            size_bytes bigint,
            modified_at timestamptz,
            sha256 text,
            file_date date,
            status text not null default 'detected'
                check (status in ('detected', 'importing', 'imported', 'imported_with_errors', 'refused', 'failed')),
            attempts integer not null default 0,
            rows_read bigint not null default 0,
            rows_created bigint not null default 0,
            rows_updated bigint not null default 0,
            rows_unchanged bigint not null default 0,
            rows_superseded bigint not null default 0,
            rows_rejected bigint not null default 0,
            rows_waiting bigint not null default 0,
            rows_deleted bigint not null default 0,
            warnings jsonb not null default '{}',
            error_code text,
            error text,
            run_id text,
            detected_at timestamptz not null default now(),
            started_at timestamptz,
            finished_at timestamptz,
            archived_to text,
            error_file text,
            -- The file that this one was read with as a companion.
            joined_to bigint,
            -- Only of a name with a time of day.
            file_moment timestamptz,
            -- Of a full snapshot within some columns: their values in the file.
            snapshot_values jsonb,
            -- `missing`: what the importer looked for and the file lacks; `unused`: what of the file nothing takes.
            file_columns jsonb not null default '{}',
            constraint every_row_is_accounted_for check (
                status not in ('imported', 'imported_with_errors')
                or rows_read = rows_created + rows_updated + rows_unchanged + rows_superseded
                    + rows_rejected + rows_waiting
            )
        );
        create index on ops.import_files (importer, path, status);
        create index on ops.import_files (sha256);
    """,
    # How the deferred rows of a file, which are in tables of deferred.py, are to be loaded: `columns` are those of the
    # file, `awaits` those whose reference may be unknown.
    "waiting_files": """
        create table ops.waiting_files (
            file_id bigint primary key,
            columns text[] not null,
            awaits text[] not null,
            append boolean not null,
            protect text[] not null
        );
    """,
    # Rows that are parts of a record of an importer whose `duplicates` combines them. `part`: what a row contains, as a
    # number; `file_id` and `row_number`: where it was first.
    "record_parts": """
        create table ops.record_parts (
            entity text not null,
            importer text not null,
            key text not null,
            part bigint not null,
            file_id bigint not null,
            file_date date,
            file_moment timestamptz,
            row_number bigint not null,
            record jsonb not null,
            primary key (entity, importer, key, part)
        );
        create index on ops.record_parts (file_id);
    """,
    # E-mails about imported files, and alerts, whose `importer` is empty; queued ones have the status `waiting`.
    # `recipients`: who has not received it yet; `refused`: the recipients that the mail server refused, and why;
    # `server_down`: the last attempt got no further than the connection or the login.
    "outbox": """
        create table ops.outbox (
            mail_id bigint generated always as identity primary key,
            importer text not null,
            file_ids bigint[] not null,
            subject text not null,
            message bytea,
            recipients text[] not null,
            refused jsonb not null default '{}',
            status text not null default 'waiting' check (status in ('waiting', 'sent', 'given_up')),
            attempts integer not null default 0,
            last_error text,
            server_down boolean not null default false,
            created_at timestamptz not null default now(),
            next_attempt_at timestamptz not null default now(),
            sent_at timestamptz
        );
        create index on ops.outbox (next_attempt_at) where status = 'waiting';
        create index on ops.outbox using gin (file_ids);
    """,
    # The imports that changed rows of an entity, numbered by entity in the order of their commits.
    "entity_changes": """
        create table ops.entity_changes (
            entity text not null,
            version bigint not null,
            file_id bigint not null,
            changed_at timestamptz not null default now(),
            primary key (entity, version)
        );
    """,
    # What each model was last built from. `seen`: by entity that it is made of, the version; `code`: a digest of the
    # SQL and settings of the model and of those that it reads; `as_of`: the day as of which a model that depends on it
    # was built, null for the day on which it was; `day`: that day in either case, null if it depends on none.
    "model_builds": """
        create table ops.model_builds (
            model text primary key,
            seen jsonb not null,
            code text not null,
            built_at timestamptz not null default now(),
            as_of date,
            day date
        );
    """,
    # The models and tests that failed in their last build, `dbt` for what keeps it from building at all. `builds`: how
    # many in succession it failed in; `since`: the first of them.
    "build_failures": """
        create table ops.build_failures (
            node text primary key,
            builds integer not null,
            since timestamptz not null default now()
        );
    """,
    # One row: the namespace of the UUIDs that this installation makes of keys. `as_of`: only of a demo, the day of its
    # sample, as of which marts are built.
    "installation": """
        create table ops.installation (
            namespace uuid not null default gen_random_uuid(),
            created_at timestamptz not null default now(),
            as_of date,
            single boolean primary key default true check (single)
        );
        insert into ops.installation default values;
    """,
    # Since when there is an exporter. `listed_at`: when its folder was last listed, to see what was collected, and
    # whether the server refused that.
    "exporters": """
        create table ops.exporters (
            exporter text primary key,
            started_at timestamptz not null default now(),
            listed_at timestamptz,
            listing_refused boolean not null default false
        );
    """,
    # What was, or is to be, exported: one row a record and version. The content is not kept. `code`: why it is held,
    # failed, given up or cancelled; `failing_since`: since when the server is why it is not delivered; `again`: it was
    # asked for once more and goes even if it is what was delivered before; `file_id`: the file that made the record;
    # `files`: what was delivered; `told`: the status and code that people were told of by e-mail.
    "exports": """
        create table ops.exports (
            export_id bigint generated always as identity primary key,
            exporter text not null,
            entity text not null,
            record_uuid uuid not null,
            record_key text,
            version integer not null default 1,
            status text not null default 'waiting'
                check (status in ('waiting', 'held', 'delivered', 'collected', 'given_up', 'cancelled')),
            code text,
            error text,
            attempts integer not null default 0,
            refused integer not null default 0,
            next_attempt_at timestamptz not null default now(),
            noted_at timestamptz not null default clock_timestamp(),
            failing_since timestamptz,
            again boolean not null default false,
            delivered_at timestamptz,
            collected_at timestamptz,
            server text,
            path text,
            -- Of what was created in a system: its number there.
            external_id text,
            files jsonb not null default '[]',
            file_id bigint,
            told text,
            unique (exporter, record_uuid, version)
        );
        create index on ops.exports (exporter, next_attempt_at) where status in ('waiting', 'held');
        create index on ops.exports (exporter, delivered_at) where status = 'delivered';
        create index on ops.exports (exporter) where status = 'given_up';
        create index on ops.exports (exporter) where code = 'changed_after_delivery';
        create index on ops.exports (record_key, exporter);
    """,
    # Since when a record is being created in another system, by a process that may have ended since: for a while, no
    # other one creates it. `accepted_at`: of an order to a supplier, which is not sent again even if it is not found.
    "creations": """
        create table ops.creations (
            exporter text not null,
            record_uuid uuid not null,
            begun_at timestamptz not null default clock_timestamp(),
            accepted_at timestamptz,
            external_id text,
            primary key (exporter, record_uuid)
        );
    """,
    # What was taken from other systems. `kind`: the changes since a moment, everything, or the records with some keys.
    # The next pull of changes begins before `began_at`, by the system's clock, of the last one that was imported.
    # `file`: the name of what was written, without one there was nothing new.
    "pulls": """
        create table ops.pulls (
            pull_id bigint generated always as identity primary key,
            pull text not null,
            connection text not null,
            entity text not null,
            kind text not null check (kind in ('changes', 'full', 'keys')),
            since timestamptz,
            began_at timestamptz not null,
            status text not null default 'pulling' check (status in ('pulling', 'pulled', 'imported', 'failed')),
            requests bigint not null default 0,
            records bigint not null default 0,
            bytes bigint not null default 0,
            seconds numeric(12, 3) not null default 0,
            error text,
            file text,
            file_id bigint,
            run_id text,
            started_at timestamptz not null default clock_timestamp(),
            finished_at timestamptz
        );
        create index on ops.pulls (pull, pull_id);
        create index on ops.pulls (connection, file) where file is not null;
    """,
    # Of each connection to another system, when its next request may be sent; and what it said when it refused a login,
    # with what tells whether it is the same login again.
    "connections": """
        create table ops.connections (
            name text primary key,
            next_request_at timestamptz,
            refused_salt bytea,
            refused_digest bytea,
            refused_error text
        );
    """,
    # Until when nothing at all is sent, over a connection or, where the name has a blank, over all to a system.
    "connection_blocks": """
        create table ops.connection_blocks (
            name text primary key,
            blocked_at timestamptz not null default clock_timestamp(),
            until timestamptz not null,
            reason text not null
        );
    """,
    # Who may ask the service. `hash`: the SHA-256 of the key; `customers`: the only ones that it is for, null for all.
    "api_keys": """
        create table ops.api_keys (
            key_id bigint generated always as identity primary key,
            name text not null,
            hash bytea not null unique,
            scopes text[] not null,
            customers text[],
            created_at timestamptz not null default clock_timestamp(),
            expires_at timestamptz,
            last_used_at timestamptz,
            revoked_at timestamptz
        );
        create unique index on ops.api_keys (name) where revoked_at is null;
    """,
    # What was looked up, by the service with which key, or without one by a command. `outcome`: `answered`, or the code
    # of why not. Neither what was asked for nor what was answered is in it.
    "lookups": """
        create table ops.lookups (
            lookup_id bigint generated always as identity primary key,
            asked_at timestamptz not null,
            key_id bigint,
            kind text not null,
            source text,
            milliseconds integer not null,
            outcome text not null,
            request_id text
        );
        create index on ops.lookups (asked_at);
    """,
    # Requests to create a record, by the key that whoever asks gives each, so that a repetition creates nothing.
    # `digest`: the SHA-256 of what was asked for; `name`: of the file that it is imported as; `file_id`: that of the
    # import log, once it is decided.
    "requests": """
        create table ops.requests (
            number bigint generated always as identity primary key,
            key_id bigint not null,
            idempotency_key text not null,
            entity text not null,
            digest bytea not null,
            name uuid not null default gen_random_uuid(),
            file_id bigint,
            requested_at timestamptz not null default clock_timestamp(),
            unique (key_id, idempotency_key)
        );
        create index on ops.requests (requested_at);
    """,
    # Pulls that were asked for over the service. `process`: which runs it, as `pg_stat_activity` has it while it lives.
    "syncs": """
        create table ops.syncs (
            sync_id uuid primary key default gen_random_uuid(),
            pull text not null,
            keys text[] not null,
            status text not null default 'running' check (status in ('running', 'done', 'failed')),
            key_id bigint not null,
            process text not null,
            requested_at timestamptz not null default clock_timestamp(),
            finished_at timestamptz,
            records bigint,
            created bigint,
            updated bigint,
            rejected bigint,
            error text
        );
        create unique index on ops.syncs (pull, keys) where status = 'running';
        create index on ops.syncs (requested_at);
    """,
    # What of a marketplace's is what of ours. `theirs` and `ours`: their keys. `method`: what says so; `score`: how
    # much of 100; `doubt`: why it is not certain. `decided_by`: `rules` of what is certain, which go back on it when
    # it is not any more; `person` for good.
    "matches": """
        create table ops.matches (
            match_id bigint generated always as identity primary key,
            kind text not null check (kind in ('supplier', 'manufacturer', 'category', 'product')),
            theirs text not null,
            ours text not null,
            method text not null check (method in ('ean', 'manufacturer_sku', 'name', 'manual')),
            score numeric(5, 2) not null,
            doubt text,
            status text not null check (status in ('proposed', 'confirmed', 'rejected')),
            decided_by text check (decided_by in ('rules', 'person')),
            created_at timestamptz not null default clock_timestamp(),
            decided_at timestamptz,
            unique (kind, theirs, ours),
            check ((status = 'proposed') = (decided_by is null))
        );
        create unique index on ops.matches (kind, theirs) where status = 'confirmed';
        create index on ops.matches (kind, ours);
    """,
    # What was written into columns of records of others, by which source, from which row of its file. `digest`: of the
    # value, which is somebody else's once it is another; `replaced`: of what was there before.
    "column_origins": """
        create table ops.column_origins (
            entity text not null,
            system_id uuid not null,
            column_name text not null,
            source text not null,
            file_id bigint,
            row_number bigint,
            digest bigint not null,
            replaced bigint,
            written_at timestamptz not null default clock_timestamp(),
            primary key (entity, system_id, column_name, source)
        );
    """,
    # The links of products that were followed. `refused`: for good; `failed`: tried again. `path`: in the source that
    # the pull names.
    "downloads": """
        create table ops.downloads (
            pull text not null,
            url text not null,
            kind text not null check (kind in ('image', 'datasheet')),
            status text not null check (status in ('fetched', 'refused', 'failed')),
            path text,
            sha256 text,
            bytes bigint,
            media_type text,
            error text,
            attempts integer not null default 1,
            next_attempt_at timestamptz,
            finished_at timestamptz not null default clock_timestamp(),
            primary key (pull, url, kind)
        );
    """,
    # By kind of matches, or source that overwrites, the versions of the entities that were last looked at.
    "matchings": """
        create table ops.matchings (
            kind text primary key,
            seen jsonb not null,
            found_at timestamptz not null default clock_timestamp()
        );
    """,
    # What is wrong with the installation, and when those who are to be told of it were last told; see alerts. `place`:
    # what it is about. `message` has nothing of rows in it. `seen_at`: when it was last found.
    "alerts": """
        create table ops.alerts (
            kind text not null,
            place text not null,
            message text not null,
            began_at timestamptz not null,
            seen_at timestamptz not null,
            mailed_at timestamptz,
            primary key (kind, place)
        );
    """,
    # The records of persons who were forgotten: that of the person, and those that are about the person. What is
    # personal in them is emptied whenever they are imported. `key`: as `Entity.key_text` writes it.
    "forgotten": """
        create table ops.forgotten (
            entity text not null,
            key text not null,
            system_id uuid,
            person_entity text not null,
            person_key text not null,
            forgotten_at timestamptz not null default now(),
            primary key (entity, key)
        );
    """,
    # The months of each model that is built by the month, written by dbt. `version` changes whenever the month's rows
    # may have changed; `inputs` is what they were built from.
    "mart_months": """
        create table ops.mart_months (
            model text not null,
            month date not null,
            version uuid not null default gen_random_uuid(),
            inputs text,
            primary key (model, month)
        );
    """,
    # By test that looks at some months only, the version of each month of each model with which it last passed.
    "tested_months": """
        create table ops.tested_months (
            test text not null,
            model text not null,
            month date not null,
            version uuid not null,
            primary key (test, model, month)
        );
    """,
}

# Columns that a table of an earlier version lacks: its name, the column's, and its type.
_ADDED_COLUMNS: tuple[tuple[str, str, LiteralString], ...] = (
    ("import_files", "file_moment", "timestamptz"),
    ("import_files", "snapshot_values", "jsonb"),
    ("import_files", "file_columns", "jsonb not null default '{}'"),
    ("exporters", "listing_refused", "boolean not null default false"),
    ("exports", "external_id", "text"),
    ("creations", "accepted_at", "timestamptz"),
    ("creations", "external_id", "text"),
    ("model_builds", "as_of", "date"),
    ("model_builds", "day", "date"),
    ("record_parts", "file_moment", "timestamptz"),
    ("installation", "as_of", "date"),
)


def ensure_schemas(connection: Connection) -> None:
    """Create missing schemas, missing tables of ops, and the columns that these lack."""
    existing = _column(connection, "select nspname from pg_namespace")
    for schema in SCHEMAS:
        if schema not in existing:
            connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
    existing = _column(connection, "select relname from pg_class where relnamespace = 'ops'::regnamespace")
    for table, statements in _TABLES.items():
        if table not in existing:
            connection.execute(statements)
    present = connection.execute(
        """
        select relname, attname from pg_attribute inner join pg_class on pg_class.oid = attrelid
        where relnamespace = 'ops'::regnamespace and relname = any(%s) and not attisdropped
        """,
        [list({table for table, _, _ in _ADDED_COLUMNS})],
    ).fetchall()
    for table, column, type_ in _ADDED_COLUMNS:
        if (table, column) not in present:
            statement = sql.SQL("alter table {} add column if not exists {} {}")
            connection.execute(statement.format(sql.Identifier("ops", table), sql.Identifier(column), sql.SQL(type_)))


def _column(connection: Connection, query: LiteralString, *parameters: str) -> set[Any]:
    return {row[0] for row in connection.execute(query, parameters)}
