"""What an application puts on its sessions holds below every root field."""

from typing import Any

from sqlalchemy import ForeignKey, Select, bindparam, event, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    foreign,
    mapped_column,
    relationship,
    with_loader_criteria,
)

from ..case import STRINGS, Case, Query, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


class SoftDeleted:
    deleted: Mapped[bool] = mapped_column(default=False)


class Topic(SoftDeleted, Base):
    __tablename__ = "topic"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    messages: Mapped[list["Message"]] = relationship(back_populates="topic")


class Message(SoftDeleted, Base):
    __tablename__ = "message"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id"))
    topic: Mapped[Topic | None] = relationship(back_populates="messages")
    replies: Mapped[list["Reply"]] = relationship()


class Reply(SoftDeleted, Base):
    __tablename__ = "reply"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    for number in range(3):
        topic = Topic(id=start + number, title=f"topic {number}", deleted=number == 1)
        topic.messages = [
            Message(
                id=start + number * 10 + message,
                text=f"message {message}",
                deleted=message == 1,
                replies=[
                    Reply(
                        id=start + number * 30 + message * 10 + reply,
                        text=f"reply {reply}",
                        deleted=reply == 0,
                    )
                    for reply in range(3)
                ],
            )
            for message in range(3)
        ]
        session.add(topic)


def listen(session_class: type[Session]) -> None:
    @event.listens_for(session_class, "do_orm_execute")
    def hide_deleted(state: ORMExecuteState) -> None:
        if (
            state.is_select
            and not state.is_column_load
            and not (state.is_relationship_load)
        ):
            state.statement = state.statement.options(
                with_loader_criteria(
                    SoftDeleted,
                    lambda model: model.deleted.is_(False),
                    include_aliases=True,
                )
            )


def topics_without_second_replies() -> Select[Any]:
    return (
        select(Topic)
        .order_by(Topic.id)
        .options(with_loader_criteria(Reply, Reply.text != "reply 2"))
    )


class Open(DeclarativeBase):
    type_annotation_map = STRINGS


class Shelf(Open):
    __tablename__ = "shelf"
    id: Mapped[int] = mapped_column(primary_key=True)
    room: Mapped[str]
    volumes: Mapped[list["Volume"]] = relationship(
        primaryjoin=lambda: (
            (Shelf.id == foreign(Volume.shelf_id))
            & (Volume.language == bindparam("asked"))
        ),
        viewonly=True,
    )


class Volume(Open):
    __tablename__ = "volume"
    id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str]
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelf.id"))
    shelf: Mapped[Shelf | None] = relationship(
        primaryjoin=lambda: (
            (foreign(Volume.shelf_id) == Shelf.id) & (Shelf.room == bindparam("asked"))
        ),
        viewonly=True,
    )


def seed_shelves(session: Session, generation: int) -> None:
    start = generation * 100
    for number in range(3):
        session.add(Shelf(id=start + number, room="ab"[number % 2]))
        session.flush()
        session.add_all(
            Volume(
                id=start + 10 * number + n,
                language="ab"[n % 2],
                shelf_id=start + number,
            )
            for n in range(3)
        )


def give_value(session_class: type[Session]) -> None:
    @event.listens_for(session_class, "do_orm_execute")
    def give(state: ORMExecuteState) -> None:
        if state.is_relationship_load:
            assert isinstance(state.parameters, dict)
            state.parameters["asked"] = "a"


SDL = """
    type Query { topics: [Topic!]! messages: [Message!]! }
    type Topic { title: String! messages: [Message!]! }
    type Message { text: String! topic: Topic replies: [Reply!]! }
    type Reply { text: String! }
"""


def case(mapping: str, *queries: Query, **options: Any) -> Case:
    return Case(
        mapping=mapping,
        metadata=Base.metadata,
        seed=seed,
        types=[
            Type("Topic", Topic, base_query=options.pop("base_query", None)),
            Type("Message", Message),
            Type("Reply", Reply),
        ],
        sdl=SDL,
        queries=queries,
        **options,
    )


CASES = [
    Case(
        mapping="do_orm_execute with the value of a parameter",
        metadata=Open.metadata,
        seed=seed_shelves,
        types=[Type("Shelf", Shelf), Type("Volume", Volume)],
        sdl="""
            type Query { shelves: [Shelf!]! volumes: [Volume!]! }
            type Shelf { id: ID! volumes: [Volume!]! }
            type Volume { id: ID! language: String! shelf: Shelf }
        """,
        queries=[
            Query("{ shelves { id volumes { id language } } }", 2),
            Query("{ volumes { id shelf { id } } }", 2),
        ],
        listen=give_value,
    ),
    case(
        "do_orm_execute with loader criteria",
        Query("{ topics { title messages { text } } }", 2),
        Query("{ messages { text topic { title } } }", 2),
        Query("{ topics { messages { replies { text } topic { title } } } }", 4),
        listen=listen,
    ),
    case(
        "with_loader_criteria on the base query",
        Query("{ topics { title messages { text replies { text } } } }", 3),
        base_query=topics_without_second_replies,
    ),
]
