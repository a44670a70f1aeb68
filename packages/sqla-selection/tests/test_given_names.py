"""The names that SQLAlchemy gives to aliases and subqueries, where a table has one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column, ForeignKey, Table, inspect, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from sqla_selection.given_names import (
    alias_is_ambiguous,
    name_of_no_table,
    secondary_is_ambiguous,
    subquery_of,
)


def mapped_beside(*names: str) -> Any:
    """Return a class over `event`, beside tables that are called *names*."""

    class Named(DeclarativeBase):
        pass

    class Event(Named):
        __tablename__ = "event"
        id: Mapped[int] = mapped_column(primary_key=True)
        events: Mapped[list[Event]] = relationship(
            secondary=lambda: between,
            primaryjoin=lambda: Event.id == between.c.one_id,
            secondaryjoin=lambda: Event.id == between.c.other_id,
        )

    between = Table(
        "between",
        Named.metadata,
        Column("one_id", ForeignKey(Event.id)),
        Column("other_id", ForeignKey(Event.id)),
    )
    for name in names:
        Table(name, Named.metadata, Column("id", primary_key=True))
    return Event


@pytest.mark.parametrize("name", ["event_1", "Event_12", "anon_1", "ANON_2"])
def test_an_alias_is_ambiguous_where_a_table_has_its_name(name: str) -> None:
    assert alias_is_ambiguous(inspect(mapped_beside(name)))


@pytest.mark.parametrize("name", ["event_1_2024", "event_0", "anon", "events_1"])
def test_an_alias_is_not_ambiguous_beside_other_names(name: str) -> None:
    assert not alias_is_ambiguous(inspect(mapped_beside(name)))


def test_a_table_between_is_ambiguous_where_another_has_the_name_of_its_alias() -> None:
    prop = mapped_beside("between_1").events.property
    assert secondary_is_ambiguous(prop)
    assert not secondary_is_ambiguous(mapped_beside("between_x").events.property)


def test_a_subquery_has_a_name_that_no_table_begins_with() -> None:
    usual, named = mapped_beside("rows"), mapped_beside("anon_1", "rows", "Rows__1")

    assert name_of_no_table(inspect(usual)) is None
    assert name_of_no_table(inspect(named)) == "rows___"
    rows = [subquery_of(select(one.id), inspect(one)) for one in (usual, named)]
    assert "AS anon_1" in str(select(rows[0]))
    once, twice = rows[1], subquery_of(select(rows[1]), inspect(named))
    both = str(select(once, twice))
    assert "AS rows____1" in both
    assert "AS rows____2" in both
