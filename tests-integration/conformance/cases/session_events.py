"""What an application puts on its sessions holds below every root field."""

from typing import Any

from sqlalchemy import ForeignKey, Select, event, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
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
