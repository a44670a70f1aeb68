"""Reasons to decline that are of mappings which one rarely has."""

from typing import ClassVar

import pytest
from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Integer,
    String,
    Table,
    and_,
    select,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Session,
    aliased,
    column_property,
    relationship,
)

from sqla_json import sqlite

from .asking import schema_of, why_not


class Base(DeclarativeBase):
    pass


class Unknown(ColumnElement):
    """An expression that no compiler knows."""

    type = String()
    inherit_cache = True


links = Table(
    "links",
    Base.metadata,
    Column("owner_id", ForeignKey("owners.id")),
    Column("part_id", ForeignKey("parts.id")),
)


class Part(Base):
    __tablename__ = "parts"

    id = Column(Integer, primary_key=True)
    name = Column(String)
    owner_id = Column(ForeignKey("owners.id"))


class Half(Base):
    """Rows that two columns tell apart, of which one may be NULL."""

    __tablename__ = "halves"

    id = Column(Integer, primary_key=True)
    first = Column(Integer, nullable=False)
    second = Column(Integer)
    __mapper_args__: ClassVar = {"primary_key": [first, second]}


class Owner(Base):
    __tablename__ = "owners"

    id = Column(Integer, primary_key=True)
    kind = Column(String)
    name = Column(String)
    unknown = column_property(Unknown(), deferred=True)
    linked = relationship(Part, secondary=links)
    parts = relationship(Part)
    ordered = relationship(Part, order_by=lambda: Other.__table__.c.id, viewonly=True)
    __mapper_args__: ClassVar = {
        "polymorphic_on": kind,
        "polymorphic_identity": "owner",
    }


class Other(Base):
    __tablename__ = "others"

    id = Column(Integer, primary_key=True)


apart = Table(
    "apart",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("part_id", ForeignKey("parts.id")),
    Column("first", Integer),
    Column("second", Integer),
)


class Apart(Base):
    """It has a column that is not mapped."""

    __table__ = apart
    __mapper_args__: ClassVar = {"exclude_properties": {"part_id"}}

    part = relationship(Part, primaryjoin=lambda: apart.c.part_id == Part.id)
    half = relationship(
        Half,
        primaryjoin=lambda: and_(
            Apart.first == Half.first, Apart.second == Half.second
        ),
        foreign_keys=lambda: [Apart.first, Apart.second],
    )


class Special(Owner):
    __tablename__ = "specials"

    special_id = Column("id", ForeignKey("owners.id"), primary_key=True)
    parts = relationship(
        Part,
        primaryjoin=lambda: Owner.id == Part.id,
        viewonly=True,
        foreign_keys=lambda: Part.id,
    )
    __mapper_args__: ClassVar = {"polymorphic_identity": "special"}

    @property
    def name(self):
        return "special"


Of = aliased(Part, select(Part).where(Part.name != "x").subquery())
Owner.of_alias = relationship(Of, primaryjoin=Owner.id == Of.owner_id, viewonly=True)

SDL = """
type Query { owners: [Owner!]! halves: [Half!]! aparts: [Apart!]! }
type Apart { part: Part, half: Half }
type Owner {
  id: ID!, name: String, unknown: String, linked: [Part!]
  parts: [Part!], of_alias: [Part!], nested: Part, ordered: [Part!]
}
type Half { first: Int! }
type Part { id: ID! }
"""


@pytest.fixture
def session(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session


@pytest.fixture
def schema():
    models = {"Owner": Owner, "Part": Part, "Half": Half, "Apart": Apart}
    return schema_of(SDL, models, Owner={"aliases": {"nested": "id"}})


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("{ owners { unknown } }", "SQLAlchemy does not compile it: "),
        ("{ owners { name } }", "Owner.name is something else on rows of a subclass."),
        ("{ owners { nested { id } } }", "Owner.nested is a column, and no scalar"),
        (
            "{ owners { linked { id } } }",
            "Owner.linked may give a target several",
        ),
        ("{ owners { parts { id } } }", "Owner.parts is something else on a subclass."),
        (
            "{ owners { of_alias { id } } }",
            "Owner.of_alias leads to an alias of",
        ),
        ("{ aparts { part { id } } }", "Apart.part joins on what is no attribute of"),
        (
            "{ aparts { half { first } } }",
            "Apart.half finds targets with NULL",
        ),
        ("{ owners { ordered { id } } }", "Owner.ordered is ordered by others.id, "),
        ("{ halves { first } }", "The key of Half may have NULL in a part."),
    ],
)
def test_a_mapping_declines(document, why, schema, session):
    rows = select(Owner).where(Owner.id < 0) if "owners" in document else None

    given = why_not(session, schema, document, rows)
    assert given.startswith(why), given


def test_a_sqlite_that_takes_json_for_text_declines(schema, session, monkeypatch):
    monkeypatch.setattr(sqlite, "_keeps_json", lambda: False)

    why = why_not(session, schema, "{ owners { id } }")
    assert why == "This SQLite takes JSON for text where a subquery gives it."
