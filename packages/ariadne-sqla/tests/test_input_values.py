"""A mutation's input as values of a model's attributes."""

import datetime
import decimal
import enum
import re
import uuid

import pytest
from ariadne import MutationType, graphql_sync, make_executable_schema
from sqlalchemy import JSON, ForeignKey, Numeric, String, func
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    column_property,
    mapped_column,
    relationship,
    synonym,
)

from ariadne_sqla import (
    ArgumentError,
    ConfigurationError,
    LoaderRegistry,
    SQLAlchemyNodeType,
    SQLAlchemyObjectType,
    to_global_id,
    values_of,
)
from sqla_loaders.testing import count_statements


class Base(DeclarativeBase):
    pass


class State(enum.Enum):
    DRAFT = "is a draft"
    PUBLISHED = "is published"


class Thing(Base):
    __tablename__ = "things"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))
    state: Mapped[State | None]
    day: Mapped[datetime.date | None]
    created_at: Mapped[datetime.datetime | None]
    price: Mapped[decimal.Decimal | None] = mapped_column(Numeric(10, 2))
    uid: Mapped[uuid.UUID | None]
    data: Mapped[dict[str, int] | None] = mapped_column(JSON, nullable=False)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("things.id"))
    owner: Mapped["Thing | None"] = relationship(remote_side=id)
    called: Mapped[str] = synonym("name")
    length: Mapped[int] = column_property(func.length(name))


@pytest.mark.parametrize(
    ("sent", "values"),
    [
        ({"name": "x"}, {"name": "x"}),
        ({"called": "x"}, {"name": "x"}),
        ({"state": "DRAFT"}, {"state": State.DRAFT}),
        ({"state": State.DRAFT}, {"state": State.DRAFT}),
        ({"day": "2024-02-29"}, {"day": datetime.date(2024, 2, 29)}),
        (
            {"createdAt": "2024-02-29T12:00:00"},
            {"created_at": datetime.datetime(2024, 2, 29, 12)},
        ),
        ({"price": "1.50"}, {"price": decimal.Decimal("1.50")}),
        ({"uid": str(uuid.UUID(int=1))}, {"uid": uuid.UUID(int=1)}),
        ({"data": {"a": 1}}, {"data": {"a": 1}}),
        ({"ownerId": "7"}, {"owner_id": 7}),
    ],
)
def test_values_are_what_the_columns_hold(sent, values):
    assert values_of(sent, Thing) == values


def test_null_is_a_value_and_what_is_left_out_is_none():
    assert values_of({"day": None}, Thing) == {"day": None}
    assert values_of({}, Thing) == {}


def test_json_may_be_null():
    assert values_of({"data": None}, Thing) == {"data": None}


def test_aliases_say_what_names_are_for():
    assert values_of({"title": "x"}, Thing, aliases={"title": "name"}) == {"name": "x"}


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (
            {"state": "GONE"},
            "Argument 'state' is 'GONE', which is not one of DRAFT, PUBLISHED.",
        ),
        (
            {"day": "tomorrow"},
            "Argument 'day' is 'tomorrow', which is not a date in ISO 8601.",
        ),
        ({"ownerId": "x"}, "Argument 'ownerId' is 'x', which is not an integer."),
        ({"name": None}, "Argument 'name' must not be null."),
    ],
)
def test_a_value_that_the_column_does_not_hold_is_told_the_client(sent, message):
    with pytest.raises(ArgumentError, match=f"^{re.escape(message)}$") as caught:
        values_of(sent, Thing)

    assert caught.value.extensions == {"argument": next(iter(sent))}


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (
            {"nam": "x"},
            "'nam' of the input is no attribute of a column of Thing. Did you mean "
            "'name' or 'day'? Name the attribute in `aliases`, or take it out of what "
            "`values_of` gets.",
        ),
        (
            {"length": 1},
            "'length' of the input is no attribute of a column of Thing.",
        ),
        (
            {"owner": {"name": "x"}},
            "'owner' of the input is a relationship of Thing. Take it out of what "
            "`values_of` gets, and set it to objects yourself.",
        ),
        (
            {"name": "x", "called": "y"},
            "The input for Thing names 'name' twice, the second time as 'called'.",
        ),
    ],
)
def test_a_name_that_is_no_column_is_a_mistake(sent, message):
    with pytest.raises(ConfigurationError, match=f"^{re.escape(message)}"):
        values_of(sent, Thing)


SDL = """
type Query { ok: Boolean }
type Mutation { write(id: ID!, input: ThingInput!): Thing }
interface Node { id: ID! }
type Thing implements Node { id: ID! name: String! state: State owner: Thing }
enum State { DRAFT PUBLISHED }
input ThingInput { name: String state: State ownerId: ID }
"""


def make_schema():
    mutation = MutationType()

    @mutation.field("write")
    def write(_, info, *, id, input):
        session = info.context["session"]
        thing = session.get(Thing, int(id))
        for name, value in values_of(input, Thing, info).items():
            setattr(thing, name, value)
        session.commit()
        return thing

    thing = SQLAlchemyObjectType("Thing", Thing)
    return make_executable_schema(
        SDL, mutation, thing, SQLAlchemyNodeType(), convert_names_case=True
    )


@pytest.fixture
def write(database):
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        session.add(Thing(id=1, name="one", state=State.DRAFT, data={}))
        session.add(Thing(id=2, name="two", data={}, owner_id=1))
        session.commit()
        schema = make_schema()

        def write(input):
            registry = LoaderRegistry(session)
            field = f"write(id: 2, input: {{ {input} }})"
            document = f"mutation {{ {field} {{ name state owner {{ name }} }} }}"
            with count_statements(database.engine) as write.statements:
                _, answer = graphql_sync(
                    schema,
                    {"query": document},
                    context_value={"session": session, "loader_registry": registry},
                )
            return answer

        yield write


SYNCHRONOUS = pytest.mark.parametrize(
    "database", ["sqlite", "psycopg", "pymysql"], indirect=True
)


@SYNCHRONOUS
def test_a_mutation_changes_what_the_client_sent(write):
    answer = write('name: "new", state: PUBLISHED')
    assert answer == {
        "data": {
            "write": {"name": "new", "state": "PUBLISHED", "owner": {"name": "one"}}
        }
    }
    write.statements.expect(4)  # the row, the UPDATE, the row again, and its owner

    assert write("ownerId: null")["data"]["write"] == {
        "name": "new",
        "state": "PUBLISHED",
        "owner": None,
    }


@SYNCHRONOUS
def test_a_global_id_is_a_key(write):
    write("ownerId: null")

    answer = write(f'ownerId: "{to_global_id("Thing", 1)}"')
    assert answer["data"]["write"]["owner"] == {"name": "one"}

    answer = write(f'ownerId: "{to_global_id("Other", 1)}"')
    assert answer["errors"][0]["message"].startswith("Argument 'owner_id' is ")


@pytest.mark.parametrize("database", ["psycopg"], indirect=True)
def test_what_the_database_cannot_hold_is_refused_before_it(write):
    answer = write('name: "nul \\u0000"')

    [error] = answer["errors"]
    assert error["message"].startswith("Argument 'name' is 'nul \\x00', which is not")
    write.statements.expect(1)
