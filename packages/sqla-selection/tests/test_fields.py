# ruff: noqa: RUF012  # a dict is what SQLAlchemy takes as __mapper_args__
"""What a plan says of the fields that are asked, from which an answer can be built."""

import pytest
from graphql import build_schema
from sqlalchemy import ForeignKey
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    column_property,
    mapped_column,
    relationship,
    synonym,
)

from sqla_selection import QueryTooLargeError, TypeConfig, TypeRegistry, collect, plan
from sqla_selection.merging import merge
from sqla_selection.reading import (
    ApplicationRead,
    ColumnRead,
    PythonRead,
    RelationshipRead,
)


class Base(DeclarativeBase):
    pass


class Person(Base):
    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str] = mapped_column()
    label = synonym("name")
    boss_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    boss: Mapped["Person | None"] = relationship(remote_side=[id])
    team: Mapped[list["Person"]] = relationship(viewonly=True)
    shouted: Mapped[str] = column_property(name + "!")

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "person"}

    @property
    def initial(self):
        return self.name[0]


class Guest(Person):
    host: Mapped[str | None]

    __mapper_args__ = {"polymorphic_identity": "guest"}


SDL = """
    type Query { people: [Human] }
    interface Human { name: String boss: Person }
    type Person implements Human {
        id: ID name: String label: String shouted: String initial: String own: String
        boss: Person grandboss: Person team(limit: Int): [Person]
    }
    type Guest implements Human { name: String host: String boss: Person }
"""


@pytest.fixture
def types():
    aliases = {"grandboss": "boss.boss"}
    return TypeRegistry(
        [TypeConfig("Person", Person, aliases), TypeConfig("Guest", Guest)]
    )


@pytest.fixture
def planned(info_of, types):
    schema = build_schema(SDL)
    schema.type_map["Person"].fields["own"].resolve = lambda *_: ""

    def planned(document):
        return plan(collect(info_of(schema, document)), Person.__mapper__, types)

    return planned


def shown(level):
    """Show what is asked of people: response key → name, or what is asked below."""
    return {
        field.response_key: shown(field.below) if field.below else field.name
        for field in level.fields["Person"]
    }


COLUMNS = {"boss_id", "id", "kind", "name", "shouted"}
"""What code of its own may read of a person."""


@pytest.mark.parametrize(
    ("name", "kind", "attributes"),
    [
        ("name", ColumnRead, {"name"}),
        ("label", ColumnRead, {"name"}),
        ("shouted", ColumnRead, {"shouted"}),
        ("initial", PythonRead, COLUMNS),
        ("own", ApplicationRead, COLUMNS),
    ],
)
def test_say_what_they_read(planned, name, kind, attributes):
    level = planned(f"{{ people {{ ... on Person {{ key: {name} }} }} }}")
    [field] = level.fields["Person"]

    assert (field.response_key, field.name) == ("key", name)
    assert isinstance(field.reading, kind)
    assert field.reading.needs.attributes == attributes
    assert field.below is None
    assert level.attributes == {"id", *attributes}


def test_that_read_a_synonym_say_its_column(planned):
    [field] = planned("{ people { ... on Person { label } } }").fields["Person"]

    assert field.reading.name == "name"


def test_that_lead_to_rows_say_by_which_relationships(planned):
    level = planned("{ people { ... on Person { boss { id } grandboss { name } } } }")
    boss, grandboss = level.fields["Person"]

    assert isinstance(boss.reading, RelationshipRead)
    assert boss.reading.path == ("boss",)
    assert boss.reading.relationship is Person.boss.property
    assert grandboss.reading.path == ("boss", "boss")
    assert grandboss.reading.relationship is None
    assert boss.below.attributes == {"id"}
    assert grandboss.below.attributes == {"id", "name"}


def test_have_below_them_what_is_asked_under_their_own_response_key(planned):
    level = planned(
        """
        { people { ... on Person {
            a: boss { x: name } b: boss { y: id } a: boss { z: initial }
        } } }
        """
    )

    assert shown(level) == {"a": {"x": "name", "z": "initial"}, "b": {"y": "id"}}
    assert [edge.fields for edge in level.edges] == [("a", "b")]
    assert set(shown(level.edge("boss").target)) == {"x", "y", "z"}


def test_share_the_level_of_their_edge_where_nothing_else_leads_there(planned):
    level = planned("{ people { ... on Person { boss { team { id } } } } }")
    [boss] = level.fields["Person"]

    assert boss.below is level.edge("boss").target


def test_are_said_for_each_type(planned):
    level = planned("{ people { __typename name ... on Guest { host } } }")

    assert {
        type_name: [field.name for field in fields]
        for type_name, fields in level.fields.items()
    } == {"Person": ["__typename", "name"], "Guest": ["__typename", "name", "host"]}
    assert level.fields["Person"][0].reading is None


def test_are_those_of_all_plans_that_are_merged(planned):
    one = planned("{ people { ... on Person { name } } }")
    other = planned("{ people { ... on Person { id } } }")

    assert shown(merge(one, other)) == {"name": "name", "id": "id"}


def test_cost_a_level_only_where_somebody_goes(planned, types):
    types.max_levels = 2
    level = planned("{ people { ... on Person { boss { boss { id } } } } }")
    [boss] = level.fields["Person"]
    [below] = boss.below.fields["Person"]

    with pytest.raises(QueryTooLargeError):
        _ = below.below
