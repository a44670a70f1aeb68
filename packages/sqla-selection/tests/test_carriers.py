# ruff: noqa: RUF012  # a dict is what SQLAlchemy takes as __mapper_args__

import pytest
from sqlalchemy import VARCHAR, ForeignKey, String, func, select
from sqlalchemy.orm import (
    DeclarativeBase,
    DynamicMapped,
    Mapped,
    column_property,
    foreign,
    mapped_column,
    relationship,
    selectinload,
)

from sqla_selection import LoadPlan, RelationshipPlan
from sqla_selection.carriers import (
    carrier_of,
    joins_collections,
    takes_more_statements,
)


class Base(DeclarativeBase):
    pass


class Animal(Base):
    __tablename__ = "animals"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    mother_id: Mapped[int | None] = mapped_column(ForeignKey("animals.id"))
    mother: Mapped["Animal | None"] = relationship(remote_side=[id])
    children: Mapped[list["Animal"]] = relationship(viewonly=True)
    visits: DynamicMapped["Visit"] = relationship()

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}


class Dog(Animal):
    __mapper_args__ = {"polymorphic_identity": "dog"}


class Visit(Base):
    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(primary_key=True)
    animal_id: Mapped[int] = mapped_column(ForeignKey("animals.id"))
    animal: Mapped[Animal] = relationship(overlaps="visits")


class Chip(Base):
    __tablename__ = "chips"

    id: Mapped[int] = mapped_column(primary_key=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("chips.id"))
    replaces: Mapped["Chip | None"] = relationship(remote_side=[id])
    replaced_by: Mapped[list["Chip"]] = relationship(viewonly=True)
    maker: Mapped[str | None] = mapped_column(VARCHAR(10))
    made_in: Mapped[list["Country"]] = relationship(
        primaryjoin=lambda: foreign(Country.name) == Chip.maker, viewonly=True
    )
    __table_args__ = {"mysql_engine": "InnoDB"}


class Country(Base):
    __tablename__ = "countries"

    code: Mapped[str] = mapped_column(String(2, "NOCASE"), primary_key=True)
    name: Mapped[str]
    cities: Mapped[list["City"]] = relationship(back_populates="country")


class City(Base):
    __tablename__ = "cities"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(2, "NOCASE"), ForeignKey("countries.code"))
    country: Mapped[Country] = relationship(back_populates="cities")


class Garage(Base):
    __tablename__ = "garages"

    id: Mapped[int] = mapped_column(primary_key=True)
    cars: Mapped[list["Car"]] = relationship()


class Car(Base):
    __tablename__ = "cars"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    garage_id: Mapped[int] = mapped_column(ForeignKey("garages.id"))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "car"}


class Van(Car):
    seats: Mapped[list["Seat"]] = relationship(lazy="selectin")
    __mapper_args__ = {"polymorphic_identity": "van", "polymorphic_load": "inline"}


class Seat(Base):
    __tablename__ = "seats"

    id: Mapped[int] = mapped_column(primary_key=True)
    van_id: Mapped[int] = mapped_column(ForeignKey("cars.id"))


Animal.visit_count = column_property(
    select(func.count(Visit.id)).where(Visit.animal_id == Animal.id).scalar_subquery()
)
Base.registry.configure()


def plan_of(model, *edges, attributes=("id",), subclasses=()):
    return LoadPlan(model.__mapper__, frozenset(attributes), edges, subclasses)


def edge(attribute, target, strategy=None, window=None):
    return RelationshipPlan(attribute.property, target, strategy, window=window)


@pytest.mark.parametrize(
    ("attribute", "strategy", "technique"),
    [
        (Animal.mother, None, "joinedload"),
        (Animal.children, None, "selectinload"),
        (Animal.visits, None, "batch"),
        (Animal.children, selectinload, "strategy"),
    ],
    ids=["scalar", "collection", "query", "strategy"],
)
def test_a_carrier_on_any_level_tells_what_is_left_to_do(
    attribute, strategy, technique
):
    target = plan_of(attribute.property.mapper.class_)
    level = plan_of(Animal, edge(attribute, target, strategy))

    assert carrier_of(level, level.edges[0]).technique == technique
    for plan in (level, plan_of(Animal, edge(Animal.mother, level))):
        assert takes_more_statements(plan) is (technique != "joinedload")
        assert joins_collections(plan) is (technique == "strategy")


def test_subclasses_take_more_statements():
    assert takes_more_statements(plan_of(Animal, subclasses=(plan_of(Dog),)))
    assert not takes_more_statements(plan_of(Animal))


def test_a_scalar_with_a_subquery_is_not_joined_where_that_is_asked():
    with_count = plan_of(Animal, attributes=("id", "visit_count"))
    without = plan_of(Animal, attributes=("id", "kind"))

    for target, technique in ((with_count, "selectinload"), (without, "joinedload")):
        level = plan_of(Visit, edge(Visit.animal, target))
        assert carrier_of(level, level.edges[0]).technique == technique


def test_what_arguments_choose_is_a_batch():
    level = plan_of(Animal, edge(Animal.mother, plan_of(Animal), window="limit: 1"))

    assert carrier_of(level, level.edges[0]) == (
        "batch",
        "Its arguments choose rows, which no option does.",
    )


@pytest.mark.parametrize(
    ("attribute", "technique"),
    [(Country.cities, "batch"), (City.country, "joinedload"), (Chip.made_in, "batch")],
)
def test_what_is_compared_by_a_collation_is_no_selectinload(attribute, technique):
    target = plan_of(attribute.property.mapper.class_, attributes=())
    level = plan_of(attribute.class_, edge(attribute, target), attributes=())

    assert carrier_of(level, level.edges[0]).technique == technique


def test_what_loads_for_rows_of_subclasses_is_a_batch():
    level = plan_of(Garage, edge(Garage.cars, plan_of(Car)))

    assert carrier_of(level, level.edges[0]) == (
        "batch",
        "Rows of a subclass are mapped to load what no option switches off there.",
    )


def test_a_carrier_is_decided_without_the_levels_below():
    class Undecided:
        def tells_classes_apart(self):
            return False

    decide = Undecided()
    level = plan_of(Chip, edge(Chip.replaces, decide), edge(Chip.replaced_by, decide))

    assert [carrier_of(level, one).technique for one in level.edges] == [
        "joinedload",
        "selectinload",
    ]
