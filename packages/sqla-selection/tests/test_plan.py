# ruff: noqa: RUF012  # a dict is what SQLAlchemy takes as __mapper_args__

import pytest
from sqlalchemy import ForeignKey
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    mapped_column,
    query_expression,
    relationship,
)

from sqla_selection import LoadPlan, RelationshipPlan
from sqla_selection.merging import merge


class Base(DeclarativeBase):
    pass


class Animal(Base):
    __tablename__ = "animals"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    age: Mapped[int] = query_expression()
    mother_id: Mapped[int | None] = mapped_column(ForeignKey("animals.id"))
    mother: Mapped["Animal | None"] = relationship(remote_side=[id])

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}


class Dog(Animal):
    __mapper_args__ = {"polymorphic_identity": "dog"}


class Vehicle(Base):
    __tablename__ = "vehicles"

    id: Mapped[int] = mapped_column(primary_key=True)


class Car(Vehicle):
    __tablename__ = "cars"

    id: Mapped[int] = mapped_column(primary_key=True)

    __mapper_args__ = {"concrete": True}


Base.registry.configure()
animal, dog = Animal.__mapper__, Dog.__mapper__


def plan_of(mapper, edges=(), subclasses=()):
    return LoadPlan(mapper, frozenset({"id"}), edges, subclasses)


def mother(target):
    return (RelationshipPlan(Animal.mother.property, target),)


def test_levels_are_the_plan_and_all_below_it():
    deepest = plan_of(animal)
    dogs = plan_of(dog, mother(deepest))
    below = plan_of(animal)
    top = plan_of(animal, mother(below), (dogs,))

    assert list(top.levels()) == [top, below, dogs, deepest]


def test_an_edge_is_found_by_its_relationship_and_its_window():
    every = RelationshipPlan(Animal.mother.property, plan_of(animal))
    some = RelationshipPlan(Animal.mother.property, plan_of(animal), window="some")
    plan = plan_of(animal, (every, some))

    assert plan.edge("mother") is every
    assert plan.edge("mother", "some") is some
    with pytest.raises(KeyError):
        plan.edge("mother", "others")


def test_a_merged_plan_keeps_windows_apart():
    every = RelationshipPlan(Animal.mother.property, plan_of(animal), fields=("a",))
    some = RelationshipPlan(Animal.mother.property, plan_of(animal), window="some")
    again = RelationshipPlan(Animal.mother.property, plan_of(animal), fields=("b",))

    merged = merge(plan_of(animal, (every, some)), plan_of(animal, (again,)))

    assert [edge.window for edge in merged.edges] == [None, "some"]
    assert merged.edge("mother").fields == ("a", "b")


def test_stored_attributes_leave_out_what_only_a_statement_gives():
    plan = LoadPlan(animal, frozenset({"id", "kind", "age"}))

    assert plan.stored_attributes == {"id", "kind"}


def test_plans_are_values_that_a_cache_can_hold():
    plan = plan_of(animal)

    assert hash(plan)
    assert plan != plan_of(animal)  # compared by identity: as fast as a plan is big


def test_columns_are_pruned_unless_rows_come_from_several_concrete_tables():
    assert plan_of(animal).is_pruned
    assert plan_of(dog).is_pruned
    assert not plan_of(Vehicle.__mapper__).is_pruned
    assert plan_of(Car.__mapper__).is_pruned
