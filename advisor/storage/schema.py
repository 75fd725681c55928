"""The tables. A change here needs a new SCHEMA number and a step in `migrate`."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Date, ForeignKeyConstraint, Integer, MetaData, String, Table, Text, select

from advisor.errors import StoreTooNew

SCHEMA = 2
metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)
versions = Table(
    "versions",
    metadata,
    Column("document", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("title", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("effective", Date, nullable=False),
    Column("source", Text, nullable=False, doc="as written, placeholders included"),
    Column("text", Text, nullable=False, doc="as published, values filled in; never changed"),
    Column("units", Text, nullable=False, doc="what is embedded, as JSON: derived from text"),
    Column("origin", String, nullable=False, doc="the folder it was imported from, or 'page'"),
    Column("published_at", String, nullable=False, doc="UTC, ISO 8601"),
)
in_force = Table(
    "in_force",
    metadata,
    Column("document", String, primary_key=True),
    Column("number", Integer, nullable=False),
    ForeignKeyConstraint(["document", "number"], ["versions.document", "versions.number"]),
)
drafts = Table(
    "drafts",
    metadata,
    Column("document", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("source", Text, nullable=False),
    Column("origin", String, nullable=False),
    Column("saved_at", String, nullable=False),
)
receipts = Table(
    "receipts",
    metadata,
    Column("id", String, primary_key=True),
    Column("given_at", String, nullable=False),
    Column("answer", Text, nullable=False, doc="the answer as JSON, without the question"),
)

open_questions = Table(
    "open_questions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("passed_on", Date, nullable=False, doc="the day alone: a time could tell who was at the desk"),
    Column("question", Text, nullable=False, doc="what somebody chose to pass on, and nothing about them"),
)

spending = Table(
    "spending",
    metadata,
    Column("day", String, primary_key=True, doc="UTC, YYYY-MM-DD"),
    Column("tokens", Integer, nullable=False, doc="of the language model"),
)


def migrate(connection: Connection) -> None:
    """Brings an empty or older file to SCHEMA. Raises StoreTooNew for a file of a later release."""
    metadata.create_all(connection)
    found = connection.execute(select(meta.c.value).where(meta.c.key == "schema")).scalar()
    if found is None:
        connection.execute(
            meta.insert().prefix_with("OR IGNORE"),
            [{"key": "schema", "value": str(SCHEMA)}, {"key": "generation", "value": "0"}],
        )
    elif int(found) < SCHEMA:
        # Schema 2 adds a table, and create_all has made it.
        connection.execute(meta.update().where(meta.c.key == "schema").values(value=str(SCHEMA)))
    elif int(found) > SCHEMA:
        raise StoreTooNew(
            f"the data folder has schema {found}, this release knows {SCHEMA}; install the newer release again"
        )
