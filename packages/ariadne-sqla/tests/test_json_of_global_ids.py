"""Global ids in the finished JSON: the database gives keys, Python makes ids."""

import datetime
import json
import uuid
from typing import ClassVar

import pytest
from ariadne import graphql_sync, make_executable_schema
from sqlalchemy import ForeignKey, ForeignKeyConstraint, String, func
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
)
from sqlalchemy.types import UserDefinedType

from ariadne_sqla import (
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyDebugExtension,
    SQLAlchemyExecutionContext,
    SQLAlchemyNodeType,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    to_global_id,
)
from sqla_loaders.testing import count_statements

on_every_database = pytest.mark.parametrize(
    "database", ["sqlite", "psycopg", "pymysql"], indirect=True
)


class Base(DeclarativeBase):
    pass


class Depot(Base):
    __tablename__ = "depots"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    visits: Mapped[list["Visit"]] = relationship(
        back_populates="depot", order_by="Visit.day, Visit.number"
    )


class Visit(Base):
    __tablename__ = "visits"

    depot_code: Mapped[str] = mapped_column(
        String(20), ForeignKey("depots.code"), primary_key=True
    )
    day: Mapped[datetime.date] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    depot: Mapped[Depot] = relationship(back_populates="visits")
    parts: Mapped[list["Part"]] = relationship(order_by="Part.at")


class Part(Base):
    __tablename__ = "parts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["depot_code", "day", "number"],
            ["visits.depot_code", "visits.day", "visits.number"],
        ),
    )

    uid: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    at: Mapped[int]
    depot_code: Mapped[str] = mapped_column(String(20))
    day: Mapped[datetime.date]
    number: Mapped[int]


class Staff(Base):
    __tablename__ = "staff"
    __mapper_args__: ClassVar = {
        "polymorphic_on": "kind",
        "polymorphic_identity": "staff",
    }

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))


class Driver(Staff):
    __tablename__ = "drivers"
    __mapper_args__: ClassVar = {"polymorphic_identity": "driver"}

    id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    licence: Mapped[str] = mapped_column(String(20))


class Shouted(UserDefinedType[str]):
    """Text that is loaded in upper case."""

    cache_ok = True

    def get_col_spec(self, **_):
        return "VARCHAR(20)"

    def column_expression(self, column):
        return func.upper(column, type_=self)


class Sign(Base):
    __tablename__ = "signs"

    word: Mapped[str] = mapped_column(Shouted(), primary_key=True)


SDL = """
interface Node { id: ID! }
type Query {
  depots: [Depot!]! visits: [Visit!]! staff: [Staff!]! drivers: [Driver!]!
  signs: [Sign!]! people: [Person!]!
}
type Depot implements Node { id: ID! visits: [Visit!]! }
type Visit implements Node { id: ID! depot: Depot! parts: [Part!]! }
type Part implements Node { id: ID! }
type Staff implements Node & Person { id: ID! kind: String! }
type Driver implements Node & Person { id: ID! kind: String! licence: String! }
interface Person { id: ID! }
type Sign implements Node { id: ID! }
"""
DAYS = [datetime.date(2024, 2, 29), datetime.date(2025, 1, 1)]
CODES = ["A:1", "100%", "é", ""]


def schema(base=SQLAlchemyObjectType):
    types = [
        base(model.__name__, model)
        for model in (Depot, Visit, Part, Staff, Driver, Sign)
    ]
    return make_executable_schema(
        SDL, SQLAlchemyQueryType(types), SQLAlchemyNodeType(), *types
    )


@pytest.fixture
def session(database):
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        for n, code in enumerate(CODES):
            depot = Depot(code=code)
            session.add(depot)
            for day in DAYS:
                key = {"depot_code": code, "day": day, "number": n}
                parts = [Part(uid=uuid.uuid5(uuid.NAMESPACE_X500, f"{key}"), at=1)]
                session.add(Visit(**key, parts=parts))
        session.add_all([Staff(id=1), Driver(id=2, licence="B"), Sign(word="stop")])
        session.commit()
        yield session


def ask(session, made, document, **options):
    session.expunge_all()
    with count_statements(session.get_bind()) as statements:
        _, result = graphql_sync(
            made,
            {"query": document},
            context_value={"session": session},
            **options,
        )
    return result, statements


def both(session, document, made=None):
    """Return the data and the reasons; it is the same as without JSON."""
    made = made or schema()
    extensions = [SQLAlchemyDataLoaderExtension]
    usual, _ = ask(session, made, document, extensions=extensions)
    result, statements = ask(
        session,
        made,
        document,
        execution_context_class=SQLAlchemyExecutionContext,
        extensions=[*extensions, SQLAlchemyDebugExtension()],
    )
    fields = result.pop("extensions")["sqla"]["fields"]
    assert "errors" not in result
    for given in (result, usual):
        for rows in given["data"].values():
            rows.sort(key=json.dumps)
    assert json.dumps(result) == json.dumps(usual)
    return result["data"], [one.get("why", "") for one in fields], statements


@on_every_database
def test_ids_on_every_level_are_of_one_statement(session):
    data, why, statements = both(
        session, "{ depots { id visits { id n: id parts { id } depot { id } } } }"
    )

    assert why == ["The statement is the finished JSON."]
    statements.expect(1)
    assert {one["id"] for one in data["depots"]} == {
        to_global_id("Depot", code) for code in CODES
    }
    assert {visit["n"] for depot in data["depots"] for visit in depot["visits"]} == {
        to_global_id("Visit", code, day, n)
        for n, code in enumerate(CODES)
        for day in DAYS
    }


@on_every_database
def test_rows_of_an_interface_have_the_id_of_their_type(session):
    data, why, statements = both(
        session, "{ people { id __typename ... on Driver { licence } } drivers { id } }"
    )

    assert why == ["The statement is the finished JSON."] * 2
    statements.expect(2)
    assert data["drivers"] == [{"id": to_global_id("Driver", 2)}]
    assert {one["__typename"]: one["id"] for one in data["people"]} == {
        "Staff": to_global_id("Staff", 1),
        "Driver": to_global_id("Driver", 2),
    }


@on_every_database
def test_rows_of_several_nodes_in_one_type_are_left_to_objects(session):
    data, why, statements = both(session, "{ staff { id } }")

    statements.expect(1)
    assert why[0].startswith("No JSON: Staff.id makes something of what it reads.")
    assert {one["id"] for one in data["staff"]} == {
        to_global_id("Staff", 1),
        to_global_id("Driver", 2),
    }


@on_every_database
def test_a_key_that_is_selected_as_something_else_is_left_to_objects(session):
    data, why, _ = both(session, "{ signs { id } }")

    (sign,) = data["signs"]
    assert sign["id"] == to_global_id("Sign", "STOP")
    assert why[0].startswith("No JSON: Sign.id is made of a column of Shouted")


@on_every_database
def test_what_is_put_around_the_resolver_is_called(session):
    made = schema()
    definition = made.type_map["Depot"].fields["id"]
    inside = definition.resolve
    definition.resolve = lambda obj, info: inside(obj, info)[::-1]

    data, why, _ = both(session, "{ depots { id } }", made)
    assert why[0].startswith("No JSON: Depot.id")
    assert to_global_id("Depot", "A:1")[::-1] in [one["id"] for one in data["depots"]]
