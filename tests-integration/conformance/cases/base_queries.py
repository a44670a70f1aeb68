"""Base queries whose form forbids to join to them, or to leave out columns."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Select,
    func,
    literal_column,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    configure_mappers,
    contains_eager,
    immediateload,
    joinedload,
    lazyload,
    mapped_column,
    relationship,
    selectinload,
    subqueryload,
)

from ..case import STRINGS, Case, Query, Type


class Base(DeclarativeBase):
    type_annotation_map = {**STRINGS, dict[str, Any]: JSON}


class Owner(Base):
    __tablename__ = "owner"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    rank: Mapped[int]
    settings: Mapped[dict[str, Any]]
    things: Mapped[list["Thing"]] = relationship(
        back_populates="owner", order_by=literal_column("name").desc()
    )


class Thing(Base):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    rank: Mapped[int]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("owner.id"))
    owner: Mapped[Owner | None] = relationship(back_populates="things")
    marks: Mapped[list["Mark"]] = relationship(order_by="Mark.id")


class Mark(Base):
    __tablename__ = "mark"
    id: Mapped[int] = mapped_column(primary_key=True)
    thing_id: Mapped[int] = mapped_column(ForeignKey("thing.id"))


configure_mappers()


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    for number in range(3):
        session.add(
            Owner(
                id=start + number,
                name=f"owner {9 - number}",
                rank=(number * 2) % 3,
                settings={"number": number},
            )
        )
        session.flush()
    for number in range(7):
        thing = Thing(
            id=start + number,
            name=f"thing {generation}.{(number * 3) % 7}",
            rank=start + (number * 5) % 7,
            owner_id=None if number == 3 else start + number % 3,
        )
        session.add(thing)
        session.flush()
        session.add_all(
            Mark(id=start * 10 + number * 10 + place, thing_id=thing.id)
            for place in range(number % 3)
        )


SDL = """
    scalar JSON
    type Query { things: [Thing!]! owners: [Owner!]! }
    type Owner { id: ID! name: String! settings: JSON things: [Thing!]! }
    type Thing { id: ID! name: String! owner: Owner marks: [Mark!]! }
    type Mark { id: ID! }
"""


def case(mapping: str, base_query: Callable[[], Select[Any]], *queries: Query) -> Case:
    types = [
        Type("Thing", Thing, base_query=base_query),
        Type("Owner", Owner),
        Type("Mark", Mark),
    ]
    return Case(mapping, Base.metadata, seed, types, SDL, queries)


TO_ONE = "{ things { id owner { name } } }"
TO_JSON = "{ things { owner { name settings } } }"
BOTH = "{ things { id owner { name } marks { id } } }"


def distinct() -> Select[Thing]:
    rows = select(Thing).join(Thing.marks).distinct()
    return rows.order_by(Thing.rank.desc())


def grouped() -> Select[Thing]:
    rows = select(Thing).join(Thing.marks).group_by(Thing.id)
    return rows.having(func.count(Mark.id) > 1).order_by(func.count(Mark.id), Thing.id)


def of_all(strategy: Callable[..., Any]) -> Select[Any]:
    return select(Thing).options(strategy("*")).order_by(Thing.id)


def of_a_union() -> Select[Any]:
    low = select(Thing).where(Thing.rank < 102)
    thing = aliased(
        Thing, union_all(low, select(Thing).where(Thing.rank > 103)).alias()
    )
    return select(thing).order_by(thing.id)


def joined_by_text() -> Select[Thing]:
    return select(Thing).join(Owner, text("owner_id = owner.id")).order_by(Thing.id)


CASES = [
    case(
        "ordered by text",
        lambda: select(Thing).order_by(text("name DESC")),
        *[Query(TO_ONE, 2), Query(BOTH, 3), Query("{ things { id } }", 1)],
    ),
    case(
        "ordered by the place of a column",
        lambda: select(Thing).order_by(text("2"), Thing.id),
        Query("{ things { owner { name } } }", 2),
    ),
    case(
        "ordered by a name",
        lambda: select(Thing).order_by("rank"),
        Query(TO_ONE, 2),
        Query("{ things { name } }", 1),
    ),
    case(
        "ordered by a literal column",
        lambda: select(Thing).order_by(literal_column("name")),
        Query(TO_ONE, 2),
    ),
    case(
        "filtered by text",
        lambda: select(Thing).where(text("name > 'thing 1.2'")).order_by(Thing.id),
        Query(TO_ONE, 2),
        Query("{ things { id } }", 1, unread=("rank",)),
    ),
    case(
        "filtered by an exists",
        lambda: select(Thing).where(Thing.marks.any()).order_by(Thing.id),
        Query(TO_ONE, 1, 2),
    ),
    case("joined by text", joined_by_text, Query("{ things { owner { name } } }", 2)),
    case(
        "DISTINCT, ordered by a column that is not asked",
        distinct,
        Query("{ things { name } }", 1),
        Query(TO_ONE, 1, 2),
        Query(TO_JSON, 2),
    ),
    case("GROUP BY", grouped, Query(TO_ONE, 2), Query(BOTH, 3)),
    case(
        "FOR UPDATE",
        lambda: select(Thing).order_by(Thing.id).with_for_update(),
        Query(TO_ONE, 2),
        Query(BOTH, 3),
    ),
    case("a union", of_a_union, Query(TO_ONE, 1, 2), Query(BOTH, 2, 3)),
    case(
        "contains_eager",
        lambda: (
            select(Thing)
            .join(Thing.owner)
            .options(contains_eager(Thing.owner))
            .order_by(Owner.rank, Thing.id)
        ),
        Query(TO_ONE, 1),
        Query(BOTH, 2),
    ),
    *[
        case(
            f"{strategy.__name__} of all relationships",
            partial(of_all, strategy),
            Query("{ things { name owner { name } } }", 1, paths=("eager", "auto")),
            Query(BOTH, 2, paths=("eager", "auto")),
        )
        for strategy in (lazyload, joinedload, selectinload, subqueryload)
    ],
    case(
        "immediateload of all relationships",
        lambda: select(Thing).options(immediateload("*")).order_by(Thing.id),
        Query(BOTH, 2, paths=("eager", "auto")),
    ),
    case(
        "a relationship ordered by a literal column",
        lambda: select(Thing).order_by(Thing.id),
        Query("{ owners { name things { id } } }", 2),
        Query("{ owners { name things { id owner { name } } } }", 2, 3),
    ),
]
