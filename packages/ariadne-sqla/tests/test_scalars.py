"""Ready-made scalars, and enums by the names of their members."""

import datetime
import decimal
import enum
import uuid

import pytest
from ariadne import EnumType, ScalarType, graphql_sync, make_executable_schema
from sqlalchemy import JSON, BigInteger, Interval, Numeric
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from ariadne_sqla import (
    ConfigurationError,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    safe_options,
)
from ariadne_sqla.scalars import scalars


class Base(DeclarativeBase):
    pass


class State(enum.Enum):
    DRAFT = "is a draft"
    PUBLISHED = "is published"


class Thing(Base):
    __tablename__ = "things"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[State]
    at: Mapped[datetime.datetime]
    day: Mapped[datetime.date]
    hour: Mapped[datetime.time]
    lasts: Mapped[datetime.timedelta] = mapped_column(Interval)
    price: Mapped[decimal.Decimal] = mapped_column(Numeric(10, 2))
    uid: Mapped[uuid.UUID]
    big: Mapped[int] = mapped_column(BigInteger)
    data: Mapped[dict[str, int]] = mapped_column(JSON)


SDL = """
scalar BigInt
scalar Date
scalar DateTime
scalar Decimal
scalar Duration
scalar JSON
scalar Time
scalar UUID
enum State { DRAFT PUBLISHED }
type Query {
  things(at: DateTime, day: Date, hour: Time, price: Decimal, uid: UUID, big: BigInt,
    state: State, filter: ThingFilter): [Thing!]!
}
input ThingFilter { state: StateFilter at: DateTimeFilter }
input StateFilter { eq: State in: [State!] }
input DateTimeFilter { gte: DateTime }
type Thing {
  id: ID! state: State! at: DateTime! day: Date! hour: Time! lasts: Duration!
  price: Decimal! uid: UUID! big: BigInt! data: JSON!
}
"""


def schema_of(*more, sdl=SDL):
    thing = SQLAlchemyObjectType("Thing", Thing)
    return make_executable_schema(sdl, SQLAlchemyQueryType([thing]), thing, *more)


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(
            Thing(
                id=1,
                state=State.DRAFT,
                at=datetime.datetime(2024, 2, 29, 12),
                day=datetime.date(2024, 2, 29),
                hour=datetime.time(12),
                lasts=datetime.timedelta(seconds=90),
                price=decimal.Decimal("1.50"),
                uid=uuid.UUID(int=1),
                big=2**40,
                data={"a": 1},
            )
        )
        session.commit()


async def test_they_write_what_columns_hold(execute):
    document = "{ things { state at day hour lasts price uid big data } }"

    result = await execute(schema_of(scalars), document)

    assert result == {
        "data": {
            "things": [
                {
                    "state": "DRAFT",
                    "at": "2024-02-29T12:00:00",
                    "day": "2024-02-29",
                    "hour": "12:00:00",
                    "lasts": 90.0,
                    "price": "1.50",
                    "uid": "00000000-0000-0000-0000-000000000001",
                    "big": "1099511627776",
                    "data": {"a": 1},
                }
            ]
        }
    }


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ('at: "2024-02-29T12:00:00"', [1]),
        ('day: "2024-02-29"', [1]),
        ('day: "2024-03-01"', []),
        ('hour: "12:00"', [1]),
        ('price: "1.5"', [1]),
        ("price: 1.5", [1]),
        ('uid: "00000000-0000-0000-0000-000000000001"', [1]),
        ("big: 1099511627776", [1]),
        ('big: "1099511627776"', [1]),
        ("state: DRAFT", [1]),
        ("state: PUBLISHED", []),
        ("filter: {state: {in: [DRAFT, PUBLISHED]}}", [1]),
        ('filter: {at: {gte: "2024-02-29T11:00:00"}}', [1]),
    ],
)
@pytest.mark.parametrize("bound", [[], [EnumType("State", State)]])
async def test_clients_give_their_values(execute, arguments, found, bound):
    document = f"{{ things({arguments}) {{ id }} }}"

    result = await execute(schema_of(scalars, *bound), document)

    assert result == {"data": {"things": [{"id": str(one)} for one in found]}}


@pytest.mark.parametrize(
    ("argument", "why"),
    [
        ('at: "soon"', "'soon' is no DateTime."),
        ("day: 1", "1 is no Date."),
        ("big: true", "True is no BigInt."),
        ('price: "1_0"', "'1_0' is no Decimal."),
    ],
)
async def test_what_is_no_value_is_told(execute, argument, why):
    result = await execute(schema_of(scalars), f"{{ things({argument}) {{ id }} }}")

    assert why in result["errors"][0]["message"]


@pytest.mark.parametrize(
    ("scalar", "query"),
    [
        ("DateTime", {"query": '{ things(at: "soon") { id } }'}),
        (
            "DateTime",
            {
                "query": "query ($at: DateTime) { things(at: $at) { id } }",
                "variables": {"at": "soon"},
            },
        ),
        ("UUID", {"query": '{ things(uid: "soon") { id } }'}),
    ],
)
def test_what_is_no_value_is_told_by_servers_that_hide_errors(scalar, query):
    success, result = graphql_sync(schema_of(scalars), query, **safe_options())

    assert not success
    (error,) = result["errors"]
    assert f"'soon' is no {scalar}." in error["message"]
    assert "extensions" not in error


async def test_a_scalar_of_the_application_wins(execute):
    own = ScalarType("Date", serializer=lambda day: day.year)

    for schema in (schema_of(scalars, own), schema_of(own, scalars)):
        result = await execute(schema, "{ things { day } }")
        assert result == {"data": {"things": [{"day": 2024}]}}


def test_one_that_nothing_has_bound_says_what_to_import():
    with pytest.raises(ConfigurationError) as raised:
        schema_of()

    told = str(raised.value).splitlines()
    assert [line.split()[0] for line in told] == [
        f"'Thing.{name}'" for name in ("at", "day", "hour", "lasts", "price", "uid")
    ]
    assert told[0] == (
        "'Thing.at' is the scalar DateTime, which nothing has bound, and the column "
        "'Thing.at' holds a datetime, which JSON does not have. Bind `scalars`, which "
        "you import `from ariadne_sqla.scalars`."
    )


def test_one_of_another_name_says_how_to_bind_it():
    with pytest.raises(ConfigurationError) as raised:
        schema_of(scalars, sdl=SDL.replace("DateTime", "Moment"))

    assert str(raised.value).endswith(
        "Bind a `ScalarType('Moment', serializer=…)`, or name it DateTime and bind "
        "`scalars`, which you import `from ariadne_sqla.scalars`."
    )


async def test_an_enum_with_other_names_is_left_to_the_application(execute):
    sdl = SDL.replace("DRAFT PUBLISHED", "SKETCH PRINTED")
    bound = EnumType("State", {"SKETCH": State.DRAFT, "PRINTED": State.PUBLISHED})

    result = await execute(schema_of(scalars, bound, sdl=sdl), "{ things { state } }")

    assert result == {"data": {"things": [{"state": "SKETCH"}]}}
