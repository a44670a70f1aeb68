"""Instants, times and intervals of PostgreSQL: what its drivers make of them."""

from datetime import datetime, timedelta, timezone

import pytest
from graphql import GraphQLScalarType
from sqlalchemy import (
    DateTime,
    Dialect,
    Interval,
    Time,
    TypeDecorator,
    event,
    insert,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from .asking import ask, same, schema_of


class Base(DeclarativeBase):
    pass


class Aware(TypeDecorator[datetime]):
    """An instant that is always in UTC, as many applications have it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        return value and value.astimezone(timezone.utc)


class Event(Base):
    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    aware: Mapped[datetime | None] = mapped_column(Aware())
    opens: Mapped[object | None] = mapped_column(Time())
    lasts: Mapped[timedelta | None] = mapped_column(Interval())


DOCUMENT = "{ events { id at aware opens lasts } }"
ZONES = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"]
INSTANTS = [
    None,
    *(
        datetime.fromisoformat(one).replace(tzinfo=timezone.utc)
        for one in (
            *("1970-01-01T00:00:00", "2024-02-29T23:59:59.999999"),
            # Before and after clocks change in Berlin, and both times that are 02:30.
            *("2024-03-31T00:59:59.999999", "2024-03-31T01:00:00"),
            *("2024-10-27T00:30:00", "2024-10-27T01:30:00"),
            # Clocks were those of each town: zones with seconds.
            *("1880-06-01T12:00:00", "1910-01-01T00:00:00"),
            *("0001-01-03T00:00:00", "9999-12-29T23:59:59"),
        )
    ),
]


@pytest.fixture
def schema():
    schema = schema_of(
        """
        type Query { events: [Event!]! }
        type Event { id: ID! at: Repr aware: Repr opens: Repr lasts: Repr }
        scalar Repr
        """,
        {"Event": Event},
    )
    scalar = schema.type_map["Repr"]
    scalar.serialize = GraphQLScalarType("Repr", serialize=repr).serialize
    scalar.coerce_output_value = scalar.serialize
    return schema


@pytest.fixture
def rows(database):
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        session.execute(
            insert(Event),
            [{"id": n, "at": at, "aware": at} for n, at in enumerate(INSTANTS)],
        )
        session.commit()
    return database


def in_zone(engine, zone):
    @event.listens_for(engine, "connect")
    def connected(connection, _):
        cursor = connection.cursor()
        cursor.execute(f"SET TIME ZONE '{zone}'")
        cursor.close()
        connection.commit()

    engine.dispose()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("database", ["psycopg"], indirect=True)
def test_an_instant_is_in_the_zone_of_the_connection(rows, schema, zone):
    in_zone(rows.engine, zone)

    with Session(rows.engine) as session:
        found = same(session, schema, DOCUMENT)

    assert len(found) == len(INSTANTS)
    assert found[0]["at"] is None
    # `datetime.timezone.utc`, or a zone by its name.
    assert ("Europe/Berlin" in found[1]["at"]) == (zone == "Europe/Berlin")


@pytest.mark.parametrize("zone", ZONES[:2])
@pytest.mark.parametrize("database", ["asyncpg"], indirect=True)
async def test_asyncpg_has_instants_in_utc(rows, schema, zone):
    in_zone(rows.async_engine.sync_engine, zone)

    async with AsyncSession(rows.async_engine) as session:
        found = await session.run_sync(same, schema, DOCUMENT)

    assert len(found) == len(INSTANTS)
    assert "utc" in found[1]["at"]


TOLD = [
    ("at", "infinity"),
    ("at", "-infinity"),
    ("at", "4713-01-01 BC"),
    ("at", "0001-01-01 00:00 UTC"),
    ("at", "9999-12-31 23:30 UTC"),
    ("opens", "24:00"),
    ("lasts", "1 month"),
    ("lasts", "-2 years 3 days"),
]


@pytest.mark.parametrize(("column", "value"), TOLD)
@pytest.mark.parametrize("database", ["psycopg"], indirect=True)
def test_what_python_does_not_have_is_left_to_objects(rows, schema, column, value):
    in_zone(rows.engine, "Europe/Berlin")
    stored = f"UPDATE events SET {column} = '{value}' WHERE id = 3"  # noqa: S608  # ours

    with Session(rows.engine) as session:
        session.execute(text(stored))
        session.commit()
        asked = ask(session, schema, DOCUMENT, are_loaded=False)

    assert asked.answer.is_of_the_rows
    asked.statements.expect(1)


@pytest.mark.parametrize("database", ["psycopg"], indirect=True)
def test_times_and_intervals_are_exact(rows, schema):
    values = [
        ("00:00", "0 seconds"),
        ("23:59:59.999999", "-1 day -00:00:00.000001"),
        ("12:30", "100000 days 23:59:59.999999"),
        ("01:02:03.4", "26:00:00"),
    ]
    with Session(rows.engine) as session:
        for n, (opens, lasts) in enumerate(values):
            changed = text(
                "UPDATE events SET opens = CAST(:opens AS time), "
                "lasts = CAST(:lasts AS interval) WHERE id = :n"
            )
            session.execute(changed, {"opens": opens, "lasts": lasts, "n": n})
        session.commit()
        found = same(session, schema, DOCUMENT)

    assert found[3]["opens"] == "datetime.time(1, 2, 3, 400000)"
    assert found[1]["lasts"] == repr(-timedelta(days=1, microseconds=1))
