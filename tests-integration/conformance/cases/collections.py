"""Collections that are no lists, and such that read columns while they fill."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sqlalchemy import ForeignKey
from sqlalchemy.ext.orderinglist import ordering_list
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    attribute_keyed_dict,
    column_keyed_dict,
    keyfunc_mapping,
    mapped_column,
    relationship,
)
from sqlalchemy.orm.collections import collection

from ..case import STRINGS, Case, Query, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


Method = TypeVar("Method", bound=Callable[..., Any])

# SQLAlchemy has no types for these.
appender: Callable[[Method], Method] = collection.appender
remover: Callable[[Method], Method] = collection.remover
iterator: Callable[[Method], Method] = collection.iterator


class ByRank(list["Ranked"]):
    """Keeps its members in order as they come in."""

    @appender
    def insert_by_rank(self, member: "Ranked") -> None:
        place = sum(other.rank <= member.rank for other in self)
        super().insert(place, member)


class Bag:
    """A collection that is no list, set or dict."""

    def __init__(self) -> None:
        self._members: dict[str, Labelled] = {}

    @appender
    def put(self, member: "Labelled") -> None:
        self._members[member.label] = member

    @remover
    def take(self, member: "Labelled") -> None:
        del self._members[member.label]

    @iterator
    def __iter__(self) -> Iterator["Labelled"]:
        return iter(self._members.values())


class Box(Base):
    __tablename__ = "box"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    stickers: Mapped[set["Sticker"]] = relationship()
    notes: Mapped[dict[str, "Note"]] = relationship(
        collection_class=attribute_keyed_dict("keyword")
    )
    papers: Mapped[dict[str, "Paper"]] = relationship(
        collection_class=lambda: papers_by_number()
    )
    things: Mapped[dict[str, "Thing"]] = relationship(
        collection_class=keyfunc_mapping(lambda thing: (thing.kind, thing.id))
    )
    steps: Mapped[list["Step"]] = relationship(
        order_by="Step.position",
        collection_class=ordering_list("position", reorder_on_append=True),
    )
    ranked: Mapped[ByRank] = relationship("Ranked", collection_class=ByRank)
    labelled: Mapped[Bag] = relationship(
        "Labelled",
        collection_class=Bag,  # type: ignore[arg-type]  # no Collection, on purpose
        order_by="Labelled.id",
    )


def papers_by_number() -> Any:
    """Made when it is needed: the column of the key is in the class below."""
    column: Any = Paper.__table__.c.number
    collection_class: Any = column_keyed_dict(column)
    return collection_class()


class Sticker(Base):
    __tablename__ = "sticker"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    colour: Mapped[str]
    box_id: Mapped[int] = mapped_column(ForeignKey("box.id"))


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    keyword: Mapped[str]
    text: Mapped[str]
    margin: Mapped[str]
    box_id: Mapped[int] = mapped_column(ForeignKey("box.id"))


class Paper(Base):
    __tablename__ = "paper"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    text: Mapped[str]
    box_id: Mapped[int] = mapped_column(ForeignKey("box.id"))


class Thing(Base):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    text: Mapped[str]
    box_id: Mapped[int] = mapped_column(ForeignKey("box.id"))


class Step(Base):
    __tablename__ = "step"
    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    text: Mapped[str]
    box_id: Mapped[int] = mapped_column(ForeignKey("box.id"))
    tools: Mapped[set["Tool"]] = relationship()


class Tool(Base):
    __tablename__ = "tool"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    step_id: Mapped[int] = mapped_column(ForeignKey("step.id"))


class Ranked(Base):
    __tablename__ = "ranked"
    id: Mapped[int] = mapped_column(primary_key=True)
    rank: Mapped[int]
    text: Mapped[str]
    box_id: Mapped[int] = mapped_column(ForeignKey("box.id"))


class Labelled(Base):
    __tablename__ = "labelled"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]
    text: Mapped[str]
    box_id: Mapped[int] = mapped_column(ForeignKey("box.id"))


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    session.add_all(Box(id=start + number, name=f"box {number}") for number in range(3))
    session.flush()
    for number in (0, 2):
        for place in range(3):
            key = {"id": start + number * 10 + place, "box_id": start + number}
            text = f"text {number} {place}"
            session.add_all(
                [
                    Sticker(**key, text=text, colour="long"),
                    Note(**key, keyword=f"keyword {place}", text=text, margin="long"),
                    Paper(**key, number=place, text=text),
                    Thing(**key, kind="kind", text=text),
                    Step(**key, position=2 - place, text=text),
                    Ranked(**key, rank=7 * place % 4, text=text),
                    Labelled(**key, label=f"label {place // 2}", text=text),
                ]
            )
            session.flush()
            session.add(Tool(id=key["id"], name=f"tool {place}", step_id=key["id"]))


SDL = """
    type Query { boxes: [Box!]! }
    type Box {
        name: String!
        stickers: [Text!]! notes: [Note!]! papers: [Paper!]! things: [Thing!]!
        steps: [Step!]! ranked: [Ranked!]! labelled: [Labelled!]!
    }
    type Text { text: String! colour: String! }
    type Note { text: String! margin: String! }
    type Paper { text: String! }
    type Thing { text: String! }
    type Step { text: String! tools: [Tool!]! }
    type Tool { name: String! }
    type Ranked { text: String! }
    type Labelled { text: String! }
"""


def case(mapping: str, *queries: Query) -> Case:
    return Case(
        mapping=mapping,
        metadata=Base.metadata,
        seed=seed,
        types=[
            Type("Box", Box),
            Type("Text", Sticker),
            Type("Note", Note),
            Type("Paper", Paper),
            Type("Thing", Thing),
            Type("Step", Step),
            Type("Tool", Tool),
            Type("Ranked", Ranked),
            Type("Labelled", Labelled),
        ],
        sdl=SDL,
        queries=queries,
    )


CASES = [
    case(
        "set collections",
        Query("{ boxes { name stickers { text } } }", 2, unread=("colour",)),
        Query("{ boxes { steps { text tools { name } } } }", 3),
    ),
    case(
        "dict-keyed collections",
        Query("{ boxes { name notes { text } } }", 2),
        Query("{ boxes { papers { text } things { text } } }", 3),
        Query(
            "{ boxes { notes { text } } }",
            2,
            fault="a keyed collection reaches GraphQL as a list",
            first={"notes": [{"text": f"text 0 {place}"} for place in range(3)]},
        ),
    ),
    case(
        "collections that read columns while they fill",
        Query("{ boxes { name steps { text } } }", 2),
        Query("{ boxes { name ranked { text } } }", 2),
        Query("{ boxes { labelled { text } ranked { text } } }", 3),
        Query(
            "{ boxes { steps { text } ranked { text } labelled { text } } }",
            4,
            fault="an ordering collection is not refreshed row by row",
        ),
    ),
]
