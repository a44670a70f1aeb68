# ruff: noqa: RUF012  # a dict is what SQLAlchemy takes as __mapper_args__
"""Interfaces and unions: each row as the type of its class, by the same statement."""

import enum
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import (
    CHAR,
    Enum,
    ForeignKey,
    Integer,
    String,
    TypeDecorator,
    case,
    select,
    update,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    column_property,
    mapped_column,
    relationship,
)

from sqla_json import Declined, Reads

from .asking import DATABASES, ask, same, schema_of, why_not

on_every_database = pytest.mark.parametrize("database", DATABASES, indirect=True)


class Base(DeclarativeBase):
    type_annotation_map = {str: String(50)}


class Firm(Base):
    __tablename__ = "firms"

    id: Mapped[int] = mapped_column(primary_key=True)
    boss_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", use_alter=True, name="boss")
    )
    people: Mapped[list["Person"]] = relationship(
        foreign_keys="Person.firm_id", order_by="desc(Person.name)"
    )
    boss: Mapped["Person | None"] = relationship(foreign_keys=boss_id)
    things: Mapped[list["Thing"]] = relationship(order_by="Thing.id")


class Person(Base):
    __tablename__ = "people"
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "person"}

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    firm_id: Mapped[int | None] = mapped_column(ForeignKey("firms.id"))
    firm: Mapped[Firm | None] = relationship(foreign_keys=firm_id, viewonly=True)


class Engineer(Person):
    __tablename__ = "engineers"
    __mapper_args__ = {"polymorphic_identity": "engineer"}

    id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    language: Mapped[str | None]
    since: Mapped[datetime | None]
    tasks: Mapped[list["Task"]] = relationship(order_by="Task.title")


class Manager(Person):
    __tablename__ = "managers"
    __mapper_args__ = {"polymorphic_identity": "manager"}

    number: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    bonus: Mapped[int]


class Director(Manager):
    __tablename__ = "directors"
    __mapper_args__ = {"polymorphic_identity": "director"}

    number: Mapped[int] = mapped_column(ForeignKey("managers.number"), primary_key=True)
    shares: Mapped[Decimal | None]


class Task(Base):
    __tablename__ = "tasks"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    engineer_id: Mapped[int] = mapped_column(ForeignKey("engineers.id"))
    engineer: Mapped[Engineer] = relationship(viewonly=True)


class Thing(Base):
    __tablename__ = "things"
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_abstract": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[int] = mapped_column(Integer)
    firm_id: Mapped[int | None] = mapped_column(ForeignKey("firms.id"))
    label: Mapped[str]


class Desk(Thing):
    __mapper_args__ = {"polymorphic_identity": 1}

    height: Mapped[int | None] = mapped_column(use_existing_column=True)


class Lamp(Thing):
    __mapper_args__ = {"polymorphic_identity": 2}

    height: Mapped[int | None] = mapped_column(use_existing_column=True)
    bought: Mapped[datetime | None]


MODELS = {
    cls.__name__: cls
    for cls in (Firm, Person, Engineer, Manager, Director, Task, Desk, Lamp)
}
SDL = """
scalar When
type Query { firms: [Firm!]! people: [Human!]! staff: [Staff]! first: Human
             things: [Thing!]! engineers: [Human!]! tasks: [Task!]! nodes: [Node!]! }
interface Node { id: ID! }
type Firm implements Node { id: ID! people: [Human!]! boss: Human things: [Thing!]! }
interface Human { id: ID name: String! firm: Firm }
type Person implements Human { id: ID name: String! firm: Firm }
type Engineer implements Human { id: ID name: String! firm: Firm language: String
  since: When tasks: [Task!]! }
type Manager implements Human { id: ID name: String! firm: Firm number: ID!
  bonus: Int! }
type Director implements Human { id: ID name: String! firm: Firm number: ID!
  bonus: Int! shares: When }
union Staff = Engineer | Manager
type Task { title: String! engineer: Human! }
interface Thing { label: String! }
type Desk implements Thing { label: String! height: Int }
type Lamp implements Thing { label: String! height: Int bought: When }
"""


def names_of(abstract, schema):
    """Tell types by the class of a row, of those that the abstract type has."""
    possible = {one.name for one in schema.get_possible_types(abstract)}

    def name_of(class_):
        names = (base.__name__ for base in class_.__mro__)
        return next((name for name in names if name in possible), None)

    return name_of


READS = Reads(type_names=names_of)


@pytest.fixture
def schema():
    schema = schema_of(SDL, MODELS)
    when = schema.type_map["When"]
    when.serialize = when.coerce_output_value = str
    for name in ("Node", "Human", "Staff", "Thing"):
        abstract = schema.type_map[name]
        abstract.resolve_type = lambda value, info, one: names_of(one, info.schema)(
            type(value)
        )
    return schema


@pytest.fixture
def session(database):
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        session.add_all([Firm(id=1), Firm(id=2), Firm(id=3)])
        session.flush()
        when = datetime(2020, 2, 29, 23, 59, 59, 5)  # as it is kept
        session.add_all(
            [
                Person(id=1, name="b", firm_id=1),
                Engineer(id=2, name="a", firm_id=1, language="C", since=when),
                Engineer(id=3, name="d", firm_id=2),
                Manager(id=4, name="c", firm_id=1, bonus=7),
                Director(id=5, name="e", firm_id=2, bonus=8, shares=Decimal("1.5")),
                Desk(id=1, label="x", firm_id=1, height=70),
                Lamp(id=2, label="y", firm_id=1, bought=when),
                Lamp(id=3, label="z", firm_id=2, height=1),
            ]
        )
        session.flush()
        session.add_all([Task(title=one, engineer_id=2) for one in ("t", "s")])
        session.get(Firm, 1).boss_id = 2
        session.get(Firm, 2).boss_id = 5
        session.commit()
        yield session


HUMAN = "__typename name ... on Engineer { language } ... on Manager { bonus }"
ASKED = {
    "people": [
        "{ people { id name } }",
        "{ people { __typename } }",
        f"{{ people {{ {HUMAN} ... on Director {{ s: bonus number }} }} }}",
        "{ people { ... on Engineer { tasks { title engineer { id name } } } } }",
        "{ people { ... on Engineer { since } ... on Director { shares name } } }",
        "{ people { ... on Engineer { x: since } ... on Director { x: shares } } }",
        "{ people { firm { id people { name ... on Engineer { since } } } } }",
        "{ people { ... F id } } fragment F on Human { ... on Manager { number id } }",
        "{ staff { __typename ... on Engineer { language firm { id } } } }",
    ],
    "firms": [
        f"{{ firms {{ people {{ {HUMAN} }} boss {{ {HUMAN} }} }} }}",
        "{ firms { boss { name ... on Engineer { since } } id } }",
        "{ firms { people { ... on Engineer { since tasks { title } } } } }",
        "{ firms { things { __typename label ... on Lamp { height bought } } } }",
        "{ firms { boss { firm { boss { ... on Director { shares } } } } } }",
        "{ nodes { id __typename ... on Firm { boss { name } } } }",
    ],
    "things": [
        "{ things { label ... on Desk { height } ... on Lamp { __typename } } }",
        "{ things { ... on Lamp { at: bought } ... on Desk { label } } }",
    ],
    "engineers": ["{ engineers { name ... on Engineer { tasks { title } } } }"],
    "tasks": ["{ tasks { title engineer { name ... on Engineer { language } } } }"],
}
ROOTS = {
    "people": select(Person).order_by(Person.name),
    "firms": select(Firm).order_by(Firm.id),
    "things": select(Thing).order_by(Thing.id),
    "engineers": select(Engineer).order_by(Engineer.id),
    "tasks": select(Task).order_by(Task.id),
}


@on_every_database
def test_each_row_is_shown_as_the_type_of_its_class(schema, session, subtests):
    for root, documents in ASKED.items():
        for document in documents:
            with subtests.test(document):
                stmt = ROOTS[root]
                if "staff" in document:
                    stmt = stmt.where(Person.kind != "person")
                session.expunge_all()
                found = same(session, schema, document, stmt, reads=READS)
                assert found


@on_every_database
def test_one_object_is_of_its_type_or_null(schema, session):
    document = f"{{ first {{ {HUMAN} ... on Engineer {{ since }} }} }}"
    for key, name in ((1, "b"), (2, "a"), (5, "e"), (9, None)):
        stmt = select(Person).where(Person.id == key)
        session.expunge_all()
        found = same(session, schema, document, stmt, reads=READS)
        assert (found and found["name"]) == name


@on_every_database
def test_a_row_whose_class_is_not_known_is_left_to_objects(schema, session, subtests):
    people, engineers = Person.__table__, Engineer.__table__
    document = "{ people { name ... on Engineer { language } } }"
    wrong = {
        "of no class": update(people).where(people.c.id == 2).values(kind="Engineer"),
        "of a class, but for blanks": update(people)
        .where(people.c.id == 2)
        .values(kind="engineer "),
        "without the row of its class": engineers.delete().where(engineers.c.id == 3),
    }
    for what, stmt in wrong.items():
        with subtests.test(what), session.begin_nested() as nested:
            session.execute(stmt)
            found = why_not_of_rows(session, schema, document, ROOTS["people"])
            assert found == "A row has a value that its field cannot give."
            nested.rollback()
    same(session, schema, document, ROOTS["people"], reads=READS)


def why_not_of_rows(session, schema, document, stmt):
    """Return why one statement gave no JSON, though none had to be sent for that."""
    asked = ask(session, schema, document, stmt, reads=READS, are_loaded=False)
    asked.statements.expect(1)
    assert isinstance(asked.answer, Declined)
    assert asked.answer.is_of_the_rows
    return asked.answer.why


@on_every_database
def test_a_class_that_is_shown_as_nothing_is_left_to_objects(schema, session):
    document = "{ staff { ... on Engineer { language } ... on Manager { bonus } } }"
    why = why_not_of_rows(session, schema, document, ROOTS["people"])

    assert why == "A row has a value that its field cannot give."
    shown = ROOTS["people"].where(Person.kind != "person")
    same(session, schema, document, shown, reads=READS)


class Colour(enum.Enum):
    RED = "r"
    BLUE = "b"


class Own(TypeDecorator):
    impl = String(10)
    cache_ok = True


TOLD_BY = {
    "text": (String(10), ("a", "b"), ""),
    "one character": (CHAR(1), ("a", "b"), ""),
    "an enum": (Enum(Colour), (Colour.RED, Colour.BLUE), ""),
    "names": (Enum("a", "b", name="names"), ("a", "b"), ""),
    "a number": (Integer(), (0, 1), ""),
    "booleans": (Integer(), (False, True), "Integer"),
    "padded": (CHAR(3), ("a", "b"), "CHAR"),
    "a type of one's own": (Own(), ("a", "b"), "Own"),
    "text with zero": (String(10), ("a\0", "b"), "String"),
}


def animals(told_by, identities, **options):
    """Return the base and the subclass of a tree, and a schema of it."""

    class Own(DeclarativeBase):
        pass

    class Animal(Own):
        __tablename__ = "animals"
        __mapper_args__ = {
            "polymorphic_on": options.get("polymorphic_on", "kind"),
            "polymorphic_identity": identities[0],
        }
        id: Mapped[int] = mapped_column(primary_key=True)
        kind = mapped_column(told_by)

    class Cat(Animal):
        __mapper_args__ = {"polymorphic_identity": identities[1]}
        lives: Mapped[int | None]

    sdl = """
    type Query { animals: [Any!]! } union Any = Animal | Cat
    type Animal { id: ID! } type Cat { lives: Int }
    """
    schema = schema_of(sdl, {"Animal": Animal, "Cat": Cat})
    schema.type_map["Any"].resolve_type = lambda one, *_: type(one).__name__
    return Animal, Cat, schema


@on_every_database
def test_what_tells_the_class_of_a_row(database, subtests):
    document = "{ animals { ... on Animal { id } ... on Cat { lives } } }"
    for what, (told_by, identities, why) in TOLD_BY.items():
        animal, cat, schema = animals(told_by, identities)
        animal.metadata.drop_all(database.engine)
        animal.metadata.create_all(database.engine)
        with subtests.test(what), Session(database.engine) as session:
            stmt = select(animal).order_by(animal.id)
            if why:
                found = why_not(session, schema, document, stmt, reads=READS)
                assert found.startswith("Animal.kind, which tells the class of a row")
                assert f"is of {why}(" in found
                continue
            session.add_all([animal(id=1), cat(id=2, lives=7)])
            session.commit()
            found = same(session, schema, document, stmt, reads=READS)
            assert found == [{"id": "1"}, {"lives": 7}]
        animal.metadata.drop_all(database.engine)


def test_a_class_that_an_expression_tells_declines(engine):
    class Base(DeclarativeBase):
        pass

    class Animal(Base):
        __tablename__ = "animals"
        id: Mapped[int] = mapped_column(primary_key=True)
        stored = mapped_column(String(10))
        kind = column_property(case((stored == "x", "cat"), else_="animal"))
        __mapper_args__ = {
            "polymorphic_on": kind,
            "polymorphic_identity": "animal",
        }

    class Cat(Animal):
        __mapper_args__ = {"polymorphic_identity": "cat"}

    sdl = """
    type Query { animals: [Any!]! } union Any = Animal | Cat
    type Animal { id: ID! } type Cat { id: ID! }
    """
    schema = schema_of(sdl, {"Animal": Animal, "Cat": Cat})
    schema.type_map["Any"].resolve_type = lambda one, *_: type(one).__name__
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        document = "{ animals { ... on Cat { id } } }"
        why = why_not(session, schema, document, select(Animal), reads=READS)
    assert why == "The class of a row of Animal is told by what is no attribute."


def test_a_type_that_other_code_tells_declines(schema, engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        why = why_not(session, schema, "{ people { name } }", ROOTS["people"])
    assert why == "Which type of Human a row is shown as, Python tells."


def test_code_that_tells_the_type_later_declines(schema, engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        document, stmt = "{ people { name } }", ROOTS["people"]
        same(session, schema, document, stmt, reads=READS)
        schema.type_map["Human"].resolve_type = lambda *_: "Person"
        why = why_not(session, schema, document, stmt, reads=READS)
    assert why == "A field has got another resolver since it was compiled."
