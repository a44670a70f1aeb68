# ruff: noqa: RUF012  # a dict is what SQLAlchemy takes as __mapper_args__

from dataclasses import dataclass

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    and_,
    bindparam,
    event,
    func,
    inspect,
    join,
    or_,
    select,
    true,
)
from sqlalchemy.ext.declarative import ConcreteBase
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    aliased,
    column_property,
    composite,
    configure_mappers,
    foreign,
    mapped_column,
    polymorphic_union,
    reconstructor,
    registry,
    relationship,
    remote,
)

from sqla_selection.attributes import needs_of
from sqla_selection.joins import (
    compares_types,
    entity_of_target,
    further_tables,
    has_one_row,
    has_open_parameter,
    may_repeat,
    orders_after_outer_join,
)
from sqla_selection.mapping import (
    always_loaded,
    classes_without,
    correlated,
    has_attribute,
    plain_columns,
    unmapped_discriminator,
    whole_because,
)
from sqla_selection.needs import Needs


class Base(DeclarativeBase):
    pass


class House(Base):
    __tablename__ = "houses"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    version: Mapped[int] = mapped_column()
    owner_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    price: Mapped[int] = mapped_column(active_history=True)

    __mapper_args__ = {"version_id_col": version}

    owner: Mapped["Person"] = relationship(
        back_populates="houses", foreign_keys=[owner_id]
    )
    # Nothing says that a number is there once only.
    twin: Mapped["House | None"] = relationship(
        primaryjoin=lambda: remote(House.number) == foreign(House.number),
        uselist=False,
        viewonly=True,
    )


class Person(Base):
    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    houses: Mapped[list[House]] = relationship(back_populates="owner")
    latest: Mapped[House | None] = relationship(
        order_by=House.id.desc(), uselist=False, viewonly=True
    )
    passport: Mapped["Passport | None"] = relationship(uselist=False)
    licence: Mapped["Licence | None"] = relationship(uselist=False)
    active_card: Mapped["Card | None"] = relationship(
        uselist=False, primaryjoin=lambda: Person.id == Card.person_id, viewonly=True
    )
    badge: Mapped["Badge | None"] = relationship(uselist=False)
    first_badge: Mapped["Badge | None"] = relationship(
        primaryjoin=lambda: and_(Person.id == Badge.person_id, Badge.first.is_(true())),
        uselist=False,
        viewonly=True,
    )
    any_badge: Mapped["Badge | None"] = relationship(
        primaryjoin=lambda: or_(
            Person.id == foreign(Badge.person_id), Person.name == foreign(Badge.name)
        ),
        uselist=False,
        viewonly=True,
    )
    cars: Mapped[list["Car"]] = relationship(
        secondary=lambda: join(House, Garage, House.id == Garage.house_id),
        primaryjoin=lambda: Person.id == House.owner_id,
        secondaryjoin=lambda: Car.garage_id == Garage.id,
        viewonly=True,
    )
    parked: Mapped[list["Car"]] = relationship(
        primaryjoin=lambda: and_(
            Person.id == foreign(remote(House.owner_id)),
            House.id == foreign(remote(Garage.house_id)),
            Garage.id == foreign(remote(Car.garage_id)),
        ),
        viewonly=True,
    )


class Passport(Base):
    __tablename__ = "passports"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)


class Licence(Base):
    __tablename__ = "licences"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)


class Card(Base):
    __tablename__ = "cards"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    active: Mapped[bool] = mapped_column()

    __table_args__ = (
        Index("one_active", person_id, unique=True, sqlite_where=active.column),
    )


class Folded(Base):
    __tablename__ = "folded"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(collation="NOCASE"), unique=True)


class Lease(Base):
    __tablename__ = "leases"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))

    __table_args__ = (
        # What stands for a partial index where a database has none.
        Index("one_lease", func.nullif(person_id, 1), unique=True),
    )


class Badge(Base):
    __tablename__ = "badges"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    first: Mapped[bool]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)


class Garage(Base):
    __tablename__ = "garages"

    id: Mapped[int] = mapped_column(primary_key=True)
    house_id: Mapped[int] = mapped_column(ForeignKey("houses.id"))
    place: Mapped[int]

    __table_args__ = (UniqueConstraint("house_id", "place"),)

    house: Mapped[House] = relationship()


class Car(Base):
    __tablename__ = "cars"

    id: Mapped[int] = mapped_column(primary_key=True)
    garage_id: Mapped[int] = mapped_column(ForeignKey("garages.id"))


class Marked(Base):
    __tablename__ = "marked"

    id: Mapped[int] = mapped_column(primary_key=True)
    by_keys: Mapped[list[Car]] = relationship(secondary="marks_by_keys")
    by_id: Mapped[list[Car]] = relationship(secondary="marks_by_id")
    by_nothing: Mapped[list[Car]] = relationship(secondary="marks_by_nothing")
    one: Mapped[Car] = relationship(secondary="marks_by_id", viewonly=True)
    by_join: Mapped[list[Car]] = relationship(
        secondary=lambda: MARKS_BY_KEYS.join(House, MARKS_BY_KEYS.c.marked == House.id),
        primaryjoin=lambda: Marked.id == MARKS_BY_KEYS.c.marked,
        secondaryjoin=lambda: Car.id == MARKS_BY_KEYS.c.tag,
        viewonly=True,
    )
    houses: Mapped[list[House]] = relationship(
        primaryjoin=lambda: Marked.id == foreign(House.owner_id), viewonly=True
    )


def marks(name, *, id_key=False, keys=False):
    return Table(
        name,
        Base.metadata,
        *([Column("id", Integer, primary_key=True)] if id_key else []),
        Column("marked", ForeignKey("marked.id"), primary_key=keys),
        Column("tag", ForeignKey("cars.id"), primary_key=keys),
    )


MARKS_BY_KEYS = marks("marks_by_keys", keys=True)
marks("marks_by_id", id_key=True)
marks("marks_by_nothing")


Person.folded = relationship(
    Folded, primaryjoin=foreign(Person.name) == Folded.name, viewonly=True
)
Person.numbered = relationship(
    Folded, primaryjoin=foreign(Person.id) == Folded.name, viewonly=True
)
Person.lease = relationship(Lease, uselist=False, viewonly=True)
House.garage = relationship(Garage, uselist=False, viewonly=True)
LastHouse = aliased(House)
Person.last_houses = relationship(
    LastHouse, primaryjoin=LastHouse.owner_id == Person.id, viewonly=True
)
Person.house_count = column_property(
    select(func.count(House.id)).where(House.owner_id == Person.id).scalar_subquery()
)
Person.loud = column_property(func.upper(Person.name))
configure_mappers()


def relationship_of(model, name):
    return inspect(model).relationships[name]


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (House, "owner"),
        (Person, "passport"),
        (Person, "licence"),
        (Person, "badge"),
        (Person, "first_badge"),
        (Garage, "house"),
    ],
)
def test_a_unique_key_of_the_target_proves_one_row(model, name):
    assert has_one_row(relationship_of(model, name))


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (Person, "latest"),  # uselist=False over several rows
        (House, "twin"),  # a many-to-one onto a column that is not unique
        (Person, "active_card"),  # a unique index over some rows only
        (Person, "folded"),  # unique by another collation
        (Person, "numbered"),  # unique as text, and not as a number
        (Person, "lease"),  # a unique index over what is no column
        (Person, "any_badge"),  # one equality or another
        (House, "garage"),  # half of a unique constraint
        (Person, "houses"),
        (Person, "cars"),
    ],
)
def test_nothing_else_proves_one_row(model, name):
    assert not has_one_row(relationship_of(model, name))


def test_a_hierarchy_of_concrete_tables_proves_no_row():
    class Concrete(DeclarativeBase):
        pass

    class Shape(ConcreteBase, Concrete):
        __tablename__ = "shapes"
        id: Mapped[int] = mapped_column(primary_key=True)
        __mapper_args__ = {"polymorphic_identity": "shape", "concrete": True}

    class Circle(Shape):
        __tablename__ = "circles"
        id: Mapped[int] = mapped_column(primary_key=True)
        __mapper_args__ = {"polymorphic_identity": "circle", "concrete": True}

    class Drawing(Concrete):
        __tablename__ = "drawings"
        id: Mapped[int] = mapped_column(primary_key=True)
        shape_id: Mapped[int] = mapped_column(ForeignKey("shapes.id"))
        shape: Mapped[Shape] = relationship()

    configure_mappers()

    assert not has_one_row(relationship_of(Drawing, "shape"))


def test_a_parent_class_in_a_table_of_its_own_has_one_row():
    class Joined(DeclarativeBase):
        pass

    class Animal(Joined):
        __tablename__ = "animals"
        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str] = mapped_column()
        chip: Mapped[str] = mapped_column(unique=True)
        __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "animal"}

    class Dog(Animal):
        __tablename__ = "dogs"
        id: Mapped[int] = mapped_column(ForeignKey("animals.id"), primary_key=True)
        __mapper_args__ = {"polymorphic_identity": "dog"}

    class Lead(Joined):
        __tablename__ = "leads"
        id: Mapped[int] = mapped_column(primary_key=True)
        dog_id: Mapped[int] = mapped_column(ForeignKey("dogs.id"))
        chip: Mapped[str]
        dog: Mapped[Dog] = relationship()
        by_chip: Mapped[Dog | None] = relationship(
            primaryjoin=lambda: foreign(Lead.chip) == Animal.chip, viewonly=True
        )

    configure_mappers()

    assert has_one_row(relationship_of(Lead, "dog"))
    assert has_one_row(relationship_of(Lead, "by_chip"))
    assert further_tables(relationship_of(Lead, "by_chip")) == ()


def test_always_loaded_has_key_version_and_active_history():
    assert always_loaded(inspect(House)) == {"id", "version", "price"}
    assert always_loaded(inspect(Person)) == {"id"}


def test_a_version_that_is_no_column_is_left_out():
    class Versions(DeclarativeBase):
        pass

    class Versioned(Versions):
        __tablename__ = "versioned"
        id: Mapped[int] = mapped_column(primary_key=True)
        version: Mapped[int]
        __mapper_args__ = {"version_id_col": "version"}

    assert always_loaded(inspect(Versioned)) == {"id"}


def test_a_discriminator_is_unmapped_where_a_subclass_leaves_it_out():
    class Kinds(DeclarativeBase):
        pass

    class Kind(Kinds):
        __tablename__ = "kind"
        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str]
        __mapper_args__ = {"polymorphic_on": "kind"}

    class Whole(Kind):
        __mapper_args__ = {"polymorphic_identity": "whole"}

    class Part(Kind):
        __mapper_args__ = {
            "polymorphic_identity": "part",
            "include_properties": ["id"],
        }

    assert unmapped_discriminator(inspect(Part)) == (Kind.__table__.c.kind,)
    for mapped in (Kind, Whole, House):
        assert unmapped_discriminator(inspect(mapped)) == ()


def test_a_version_that_a_subclass_inherits_is_always_loaded():
    class Versioned(DeclarativeBase):
        pass

    class Document(Versioned):
        __tablename__ = "documents"
        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str] = mapped_column()
        revision: Mapped[int] = mapped_column("rev")
        __mapper_args__ = {"version_id_col": revision, "polymorphic_on": kind}

    class Letter(Document):
        __tablename__ = "letters"
        id: Mapped[int] = mapped_column(ForeignKey("documents.id"), primary_key=True)
        __mapper_args__ = {"polymorphic_identity": "letter"}

    configure_mappers()

    assert always_loaded(inspect(Letter)) == {"id", "revision"}


def test_correlated_names_the_columns_that_are_subqueries():
    assert correlated(inspect(Person)) == {"house_count"}
    assert correlated(inspect(House)) == frozenset()


def test_a_parameter_is_open_where_the_join_gives_it_no_value():
    class Rooms(DeclarativeBase):
        pass

    class Room(Rooms):
        __tablename__ = "rooms"
        id: Mapped[int] = mapped_column(primary_key=True)
        size: Mapped[int]
        asked: Mapped[list["Room"]] = relationship(
            primaryjoin=lambda: (
                (Room.id == foreign(remote(Room.size))) & (Room.size > bindparam("n"))
            ),
            viewonly=True,
        )
        large: Mapped[list["Room"]] = relationship(
            primaryjoin=lambda: (
                (Room.id == foreign(remote(Room.size))) & (Room.size > 3)
            ),
            viewonly=True,
        )

    assert has_open_parameter(relationship_of(Room, "asked"))
    assert not has_open_parameter(relationship_of(Room, "large"))
    assert not has_open_parameter(relationship_of(Person, "houses"))


def test_further_tables_are_those_that_no_join_brings_in():
    assert set(further_tables(relationship_of(Person, "parked"))) == {
        House.__table__,
        Garage.__table__,
    }
    for name in ("houses", "cars", "latest", "last_houses"):
        assert further_tables(relationship_of(Person, name)) == ()
    assert further_tables(relationship_of(House, "twin")) == ()


@pytest.mark.filterwarnings("ignore:Expression owners.id is marked as 'remote'")
def test_further_tables_have_that_of_an_owner_whose_column_is_remote():
    class Owners(DeclarativeBase):
        pass

    class Owner(Owners):
        __tablename__ = "owners"
        id: Mapped[int] = mapped_column(primary_key=True)
        anyones: Mapped[list["Owned"]] = relationship(
            primaryjoin=lambda: remote(Owner.id) == foreign(Owned.owner_id),
            viewonly=True,
        )

    class Owned(Owners):
        __tablename__ = "owned"
        id: Mapped[int] = mapped_column(primary_key=True)
        owner_id: Mapped[int] = mapped_column(ForeignKey("owners.id"))

    configure_mappers()

    assert further_tables(relationship_of(Owner, "anyones")) == (Owner.__table__,)


def test_entity_of_target_is_the_class_or_the_alias_that_is_mapped():
    assert entity_of_target(relationship_of(Person, "houses")) is House
    assert entity_of_target(relationship_of(Person, "last_houses")) is LastHouse


def test_a_discriminator_that_is_no_attribute_keeps_rows_whole():
    reg = registry()
    base = Table("base", reg.metadata, Column("id", Integer, primary_key=True))
    leaf = Table(
        "leaf",
        reg.metadata,
        Column("id", Integer, ForeignKey("base.id"), primary_key=True),
        Column("size", String(10)),
    )
    union = polymorphic_union({"base": base, "leaf": base.join(leaf)}, "type", "all")
    thing = type("Thing", (), {})
    part = type("Part", (thing,), {})
    reg.map_imperatively(
        thing,
        base,
        polymorphic_on=union.c.type,
        with_polymorphic=("*", union),
        polymorphic_identity="base",
    )
    reg.map_imperatively(
        part,
        leaf,
        inherits=thing,
        polymorphic_identity="leaf",
        with_polymorphic=("*", leaf.join(base)),
    )
    reg.configure()

    assert whole_because(inspect(thing)) is None
    assert whole_because(inspect(part)) == (
        "SQLAlchemy cannot defer 'type', which is no attribute."
    )


class Vehicle(ConcreteBase, Base):
    __tablename__ = "vehicles"

    id: Mapped[int] = mapped_column(primary_key=True)
    plate: Mapped[str]
    __mapper_args__ = {"polymorphic_identity": "vehicle", "concrete": True}


class Boat(Vehicle):
    __tablename__ = "boats"

    id: Mapped[int] = mapped_column(primary_key=True)
    plate: Mapped[str]
    __mapper_args__ = {"polymorphic_identity": "boat", "concrete": True}


@pytest.mark.parametrize("model", [Vehicle, Boat])
def test_a_discriminator_that_cannot_be_read_is_named_in_no_option(model):
    mapper = inspect(model)

    assert "type" in mapper.column_attrs
    assert not has_attribute(mapper, "type")
    assert has_attribute(mapper, "plate")
    assert needs_of(mapper, "type") == Needs()
    assert plain_columns(mapper) == {"id", "plate"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("by_keys", False),
        ("by_id", True),
        ("by_nothing", True),
        ("by_join", True),
        ("one", False),
        ("houses", False),
    ],
)
def test_may_repeat_tells_whether_a_pair_may_be_there_twice(name, expected):
    assert may_repeat(Marked.__mapper__.relationships[name]) is expected


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        ("table", False),
        ("alias", False),
        ("subclass", False),
        ("join", True),
        ("aliased_join", True),
        ("subquery", True),
        ("union", True),
        ("subclasses", False),
    ],
)
def test_may_repeat_tells_whether_the_target_is_selected_from_a_table(
    selected, expected
):
    class Base(DeclarativeBase):
        pass

    class Reader(Base):
        __tablename__ = "readers"

        id: Mapped[int] = mapped_column(primary_key=True)

    class Loan(Base):
        __tablename__ = "loans"

        id: Mapped[int] = mapped_column(primary_key=True)
        reader_id: Mapped[int] = mapped_column(ForeignKey("readers.id"))

    class LongLoan(Loan):
        __tablename__ = "long_loans"

        id: Mapped[int] = mapped_column(ForeignKey("loans.id"), primary_key=True)

    reminders = Table("reminders", Base.metadata, Column("id", ForeignKey("loans.id")))
    joined = Loan.__table__.outerjoin(reminders)

    class Reminded(Base):
        __table__ = joined
        __mapper_args__ = {"primary_key": [Loan.__table__.c.id]}
        id = column_property(Loan.__table__.c.id, reminders.c.id)

    def read_from(rows):
        """Return a class with a subclass, both of which are selected from *rows*."""
        held = type("Held", (), {})
        mapped = registry(metadata=Base.metadata)
        mapped.map_imperatively(held, loans, with_polymorphic=("*", rows))
        long = type("HeldLong", (held,), {})
        mapped.map_imperatively(long, long_loans, inherits=held)
        return held

    loans, long_loans = Loan.__table__, LongLoan.__table__
    # Nothing leaves a row of the subclass out of the first.
    union = polymorphic_union({"a": loans, "b": loans.join(long_loans)}, None)

    targets = {
        "table": Loan,
        "alias": aliased(Loan),
        "subclass": LongLoan,
        "join": Reminded,
        "aliased_join": aliased(Loan, joined, flat=True),
        "subquery": aliased(Loan, select(Loan).subquery()),
        "union": read_from(union),
        "subclasses": read_from(None),
    }
    Reader.loans = relationship(targets[selected], viewonly=True)
    configure_mappers()

    assert may_repeat(relationship_of(Reader, "loans")) is expected


class Number(TypeDecorator[int]):
    impl = String
    cache_ok = True


class Numbered(Base):
    __tablename__ = "numbered"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Number)
    name: Mapped[str]


class Counted(Base):
    __tablename__ = "counted"

    id: Mapped[int] = mapped_column(primary_key=True)
    as_integer: Mapped[int] = mapped_column(BigInteger)
    as_text: Mapped[str]
    as_number: Mapped[int] = mapped_column(Number)


CONDITIONS = {
    "integers": (Numbered.id == foreign(Counted.as_integer), False),
    "integer_and_text": (Numbered.id == foreign(Counted.as_text), True),
    "texts": (Numbered.name == foreign(Counted.as_text), False),
    "decorated": (Numbered.number == foreign(Counted.as_number), False),
    "decorated_and_text": (Numbered.number == foreign(Counted.as_text), True),
    "one_of_two": (
        and_(
            Numbered.id == foreign(Counted.as_integer),
            Numbered.number == foreign(Counted.as_text),
        ),
        True,
    ),
}
for name, (condition, _) in CONDITIONS.items():
    setattr(Numbered, name, relationship(Counted, primaryjoin=condition, viewonly=True))


@pytest.mark.parametrize("name", CONDITIONS)
def test_compares_types_tells_whether_keys_are_equal_in_sql_only(name):
    assert compares_types(relationship_of(Numbered, name)) is CONDITIONS[name][1]


@pytest.mark.parametrize(
    ("with_polymorphic", "name", "expected"),
    [
        ("*", "of_condition", True),
        ("*", "of_secondary", True),
        ("*", "of_code", True),
        ("*", "of_key", False),
        ("*", "unordered", False),
        (None, "of_condition", False),
        (None, "of_secondary", False),
    ],
)
def test_orders_after_outer_join_asks_what_selectinload_joins(
    with_polymorphic, name, expected
):
    class Base(DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "authors"

        id: Mapped[int] = mapped_column(primary_key=True)
        code: Mapped[int] = mapped_column(unique=True)
        kind: Mapped[str] = mapped_column()

        __mapper_args__ = {
            "polymorphic_on": kind,
            "polymorphic_identity": "author",
            "with_polymorphic": with_polymorphic,
        }

    class Poet(Author):
        __tablename__ = "poets"

        id: Mapped[int] = mapped_column(ForeignKey("authors.id"), primary_key=True)

        __mapper_args__ = {"polymorphic_identity": "poet"}

    class Book(Base):
        __tablename__ = "books"

        id: Mapped[int] = mapped_column(primary_key=True)
        author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))

    shelves = Table(
        "shelves",
        Base.metadata,
        Column("author_id", ForeignKey("authors.id")),
        Column("book_id", ForeignKey("books.id")),
    )
    joins = {
        "of_key": Author.id == Book.author_id,
        "of_condition": and_(Author.id == Book.author_id, Book.id > 0),
        "of_code": Author.code == foreign(Book.author_id),
        "of_secondary": Author.id == shelves.c.author_id,
    }
    is_ordered = name in joins
    books = relationship(
        Book,
        primaryjoin=joins.get(name, joins["of_condition"]),
        secondary=shelves if name == "of_secondary" else None,
        order_by=Book.id.desc() if is_ordered else False,
        viewonly=True,
    )
    Author.books = books
    configure_mappers()

    assert orders_after_outer_join(relationship_of(Author, "books")) is expected


class TestCodeAtLoad:
    @staticmethod
    def model(**attributes):
        class Base(DeclarativeBase):
            pass

        columns = {"id": mapped_column("id", Integer, primary_key=True)}
        attributes = {"__tablename__": "loaded", **columns, **attributes}
        return type("Loaded", (Base,), attributes)

    REASON = "The application's code runs when it is loaded, and may read any column."

    def test_of_a_reconstructor_keeps_rows_whole(self):
        model = self.model(on_load=reconstructor(lambda self: None))

        assert whole_because(inspect(model)) == self.REASON

    @pytest.mark.parametrize("name", ["load", "refresh"])
    @pytest.mark.parametrize("where", ["class", "base"])
    def test_of_a_listener_keeps_rows_whole(self, name, where):
        model = self.model()
        target = model if where == "class" else model.__mro__[1]
        event.listen(target, name, lambda *_: None, propagate=True)

        assert whole_because(inspect(model)) == self.REASON

    def test_of_sqlalchemy_itself_does_not(self):
        @dataclass
        class Point:
            x: int
            y: int

        x, y = mapped_column("x", Integer), mapped_column("y", Integer)
        data = mapped_column("data", MutableDict.as_mutable(JSON))
        model = self.model(x=x, y=y, data=data, at=composite(Point, x, y))
        configure_mappers()

        assert whole_because(inspect(model)) is None


def test_classes_without_a_relationship_have_something_else_of_its_name():
    class Own(DeclarativeBase):
        pass

    class Part(Own):
        __tablename__ = "parts"
        id = mapped_column(Integer, primary_key=True)
        kind = mapped_column(String(9))
        whole_id = mapped_column(ForeignKey("parts.id"))
        whole = relationship("Part", remote_side=id)
        __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "part"}

    class Screw(Part):
        __mapper_args__ = {"polymorphic_identity": "screw"}
        whole = property(lambda self: None)

    class Nail(Part):
        __mapper_args__ = {"polymorphic_identity": "nail"}
        whole = relationship(Part, remote_side=Part.id, viewonly=True)

    class Bolt(Part):
        __mapper_args__ = {"polymorphic_identity": "bolt"}

    configure_mappers()

    assert classes_without(Part.whole.property) == (Screw, Nail)
    assert classes_without(Nail.whole.property) == ()
