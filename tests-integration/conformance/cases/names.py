"""Names that SQL, a driver or SQLAlchemy itself has another use for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from ..case import STRINGS, Case, Query, Type


@dataclass(frozen=True)
class Named:
    """The same classes over tables of other names."""

    base: Any
    event: Any
    part: Any

    @classmethod
    def of(cls, events: str, parts: str, shown: str) -> "Named":
        class Base(DeclarativeBase):
            type_annotation_map = STRINGS

        class Event(Base):
            __tablename__ = events
            id: Mapped[int] = mapped_column(primary_key=True)
            title: Mapped[str]
            parts: Mapped[list["Part"]] = relationship(
                back_populates="event", order_by=lambda: Part.id
            )
            shown: Mapped[list["Part"]] = relationship(
                secondary=lambda: showing,
                back_populates="shown_at",
                order_by=lambda: Part.id.desc(),
            )

        class Part(Base):
            __tablename__ = parts
            id: Mapped[int] = mapped_column(primary_key=True)
            title: Mapped[str]
            event_id: Mapped[int | None] = mapped_column(ForeignKey(Event.id))
            whole_id: Mapped[int | None] = mapped_column(ForeignKey(f"{parts}.id"))
            event: Mapped[Event | None] = relationship(back_populates="parts")
            whole: Mapped["Part | None"] = relationship(
                remote_side=id, back_populates="pieces"
            )
            pieces: Mapped[list["Part"]] = relationship(
                back_populates="whole", order_by=lambda: Part.title.desc()
            )
            shown_at: Mapped[list[Event]] = relationship(
                secondary=lambda: showing, back_populates="shown", order_by=Event.id
            )

        showing: Table = Table(
            shown,
            Base.metadata,
            Column("event_id", ForeignKey(Event.id), primary_key=True),
            Column("part_id", ForeignKey(Part.id), primary_key=True),
        )
        return cls(Base, Event, Part)

    def seed(self, session: Session, generation: int) -> None:
        start = generation * 100
        events = [self.event(id=start + n, title=f"event {n}") for n in range(3)]
        parts = [
            self.part(
                id=start + n,
                title=f"part {n}",
                event=events[n % 2] if n < 5 else None,
            )
            for n in range(6)
        ]
        parts[1].whole = parts[2].whole = parts[0]
        parts[3].whole = parts[1]
        events[0].shown = [parts[0], parts[5], parts[2]]
        events[2].shown = [parts[0]]
        session.add_all([*events, *parts])


ALIASES = Named.of("event", "event_1", "event_2")
"""What SQLAlchemy calls aliases of the first table."""
SUBQUERIES = Named.of("anon_1", "anon_2", "anon_3")
"""What it calls subqueries."""
NAMED = {
    "aliases": ALIASES,
    "subqueries": SUBQUERIES,
    "subqueries, the other way round": Named.of("anon_2", "anon_1", "anon_3"),
    "subqueries and what stands for them": Named.of("Anon_1", "rows_1", "rows"),
}


class Quoted(DeclarativeBase):
    type_annotation_map = STRINGS


class Order(Quoted):
    __tablename__ = "Order by"
    number: Mapped[int] = mapped_column("select", primary_key=True)
    discount: Mapped[int] = mapped_column("100%")
    rebate: Mapped[int] = mapped_column("%(rebate)s")
    remark: Mapped[str | None] = mapped_column('a "remark"')
    from_: Mapped[str] = mapped_column("from.where", key="origin")
    colon: Mapped[str] = mapped_column(":colon")
    lines: Mapped[list["Line"]] = relationship(
        back_populates="order", order_by=lambda: Line.group.desc()
    )
    labels: Mapped[list["Label"]] = relationship(
        secondary=lambda: labelled, order_by=lambda: labelled.c["rank %"]
    )


class Line(Quoted):
    __tablename__ = "line_with_a_name_beyond_the_sixty_three_characters_of_po"
    id: Mapped[int] = mapped_column("Id", primary_key=True)
    group: Mapped[int] = mapped_column("group", key="group by")
    long: Mapped[str] = mapped_column(
        "another_name_beyond_the_sixty_three_characters_of_postgresql"
    )
    order_id: Mapped[int] = mapped_column("ORDER", ForeignKey("Order by.select"))
    order: Mapped[Order] = relationship(back_populates="lines")


class Label(Quoted):
    __tablename__ = "labels 50%"
    id: Mapped[int] = mapped_column("?", primary_key=True)
    text: Mapped[str] = mapped_column("%s")


labelled: Table = Table(
    "order % label",
    Quoted.metadata,
    Column("o %", ForeignKey("Order by.select"), primary_key=True),
    Column("l %", ForeignKey("labels 50%.?"), primary_key=True),
    Column("rank %", Integer, nullable=False),
)


def seed_orders(session: Session, generation: int) -> None:
    start = generation * 100
    labels = [Label(id=start + n, text=f"label {n} %s") for n in range(3)]
    session.add_all(labels)
    for number in range(3):
        order = Order(
            number=start + number,
            discount=number,
            rebate=-number,
            remark="100% :x" if number else None,
            from_=f"from {number}",
            colon=":colon",
        )
        order.lines = [
            Line(id=start + number * 10 + n, group=n, long=f"long {n}")
            for n in range(number)
        ]
        session.add(order)
        session.flush()
        for rank in range(number + 1):
            values = {"o %": order.number, "l %": labels[2 - rank].id, "rank %": rank}
            session.execute(labelled.insert().values(values))


def case(
    mapping: str,
    base: type[DeclarativeBase],
    seed: Callable[[Session, int], None],
    types: Sequence[Type],
    sdl: str,
    *queries: Query,
) -> Case:
    return Case(
        mapping=mapping,
        metadata=base.metadata,
        seed=seed,
        types=types,
        sdl=sdl,
        queries=queries,
    )


def case_of(named: Named, mapping: str) -> Case:
    return case(
        mapping,
        named.base,
        named.seed,
        [Type("Event", named.event), Type("Part", named.part)],
        """
        type Query { events: [Event!]! parts: [Part!]! part(id: ID!): Part }
        type Event { id: ID! title: String! parts: [Part!]! shown: [Part!]! }
        type Part {
            id: ID! title: String! event: Event whole: Part
            pieces: [Part!]! shown_at: [Event!]!
        }
        """,
        Query("{ parts { title event { title } } }", 2),
        Query("{ part(id: 102) { title event { title parts { id } } } }", 3),
        Query("{ parts { whole { title event { title } } } }", 3),
        Query("{ parts { pieces { whole { id } title } } }", 3),
        Query("{ events { parts { title event { id } } } }", 3),
        Query("{ events { title shown { title } } }", 2),
        Query("{ parts { shown_at { title shown { id } } } }", 3),
        Query("{ events { shown { event { title } pieces { id } } } }", 4),
    )


CASES = [
    case_of(ALIASES, "tables that have the names of SQLAlchemy's aliases"),
    case_of(SUBQUERIES, "tables that have the names of SQLAlchemy's subqueries"),
    case(
        "names with reserved words, signs and capitals",
        Quoted,
        seed_orders,
        [
            Type("Order", Order, aliases={"from": "from_"}),
            Type("Line", Line),
            Type("Label", Label),
        ],
        """
        type Query { orders: [Order!]! order(number: ID!): Order lines: [Line!]! }
        type Order {
            number: ID! discount: Int! rebate: Int! remark: String from: String!
            colon: String! lines: [Line!]! labels: [Label!]!
        }
        type Line { id: ID! group: Int! long: String! order: Order! }
        type Label { id: ID! text: String! }
        """,
        Query(
            "{ orders { number discount rebate remark from colon } }", 1, is_json=True
        ),
        Query("{ order(number: 102) { from lines { group long } } }", 2),
        Query(
            "{ lines { group order { discount remark colon } } }", 1, 2, is_json=True
        ),
        Query("{ orders { rebate labels { text } lines { order { from } } } }", 4),
    ),
]
