"""Classes for whose rows an alias in a subquery does not stand."""

import pytest
from sqlalchemy import Column, ForeignKey, Integer, String, Table, create_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Session,
    column_property,
    foreign,
    polymorphic_union,
    relationship,
)

from .asking import schema_of, why_not


class Base(DeclarativeBase):
    pass


PEOPLE = Table(
    "people",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(10)),
)
MANAGERS = Table(
    "managers",
    Base.metadata,
    Column("id", ForeignKey("people.id"), primary_key=True),
    Column("colleague_id", ForeignKey("people.id")),
)
THEIR_IDS = PEOPLE.c.id == MANAGERS.c.id
UNION = polymorphic_union(
    {
        "person": PEOPLE.select().where(PEOPLE.c.kind == "person").subquery(),
        "manager": PEOPLE.join(MANAGERS, THEIR_IDS),
    },
    None,
)


class Person(Base):
    __table__ = PEOPLE
    __mapper_args__ = {  # noqa: RUF012 - as the declarative way has it
        "with_polymorphic": ("*", UNION),
        "polymorphic_on": UNION.c.kind,
        "polymorphic_identity": "person",
    }
    desk = relationship("Desk", uselist=False)


class Desk(Base):
    __tablename__ = "desk"

    id = Column(Integer, primary_key=True)
    person_id = Column(ForeignKey("people.id"), unique=True)


class Manager(Person):
    __table__ = MANAGERS
    __mapper_args__ = {  # noqa: RUF012
        "inherit_condition": THEIR_IDS,
        "polymorphic_identity": "manager",
    }
    colleague = relationship(
        Person,
        primaryjoin=lambda: foreign(MANAGERS.c.colleague_id) == PEOPLE.c.id,
        viewonly=True,
    )


class Event(Base):
    __tablename__ = "event"

    id = Column(Integer, primary_key=True)


class Part(Base):
    __tablename__ = "event_1"

    id = Column(Integer, primary_key=True)
    event_id = Column(ForeignKey("event.id"))
    event = relationship(Event)


class Colleague(Base):
    """Somebody, of whom the join has a row for each manager."""

    __table__ = PEOPLE.join(MANAGERS, MANAGERS.c.colleague_id == PEOPLE.c.id)
    __mapper_args__ = {"primary_key": [PEOPLE.c.id]}  # noqa: RUF012
    id = column_property(PEOPLE.c.id)
    manager_id = column_property(MANAGERS.c.id)


SDL = """
    type Query { managers: [Manager!]! parts: [Part!]! colleagues: [Colleague!]! }
    type Manager { id: ID! colleague: Person desk: Desk }
    type Desk { id: ID! }
    type Colleague { id: ID! }
    type Person { id: ID! }
    type Event { id: ID! }
    type Part { id: ID! event: Event }
"""


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("{ managers { colleague { id } } }", "Person is read from a union of tables."),
        (
            "{ parts { event { id } } }",
            "A table has the name of an alias of Event's, or of a subquery.",
        ),
        (
            "{ managers { desk { id } } }",
            "Person.desk names p_union, which is none of its own tables.",
        ),
        (
            "{ colleagues { id } }",
            "What Colleague is read from may have several rows of one key.",
        ),
    ],
)
def test_what_an_alias_does_not_stand_for_declines(document, why):
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    models = {one.__name__: one for one in (Manager, Person, Event, Part)}
    models |= {"Desk": Desk, "Colleague": Colleague}
    with Session(engine) as session:
        assert why_not(session, schema_of(SDL, models), document) == why
    engine.dispose()
