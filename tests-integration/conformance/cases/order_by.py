"""Collections in an order of their own."""

from sqlalchemy import Column, ForeignKey, Integer, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from ..case import STRINGS, Case, Query, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


entry = Table(
    "entry",
    Base.metadata,
    Column("playlist_id", ForeignKey("playlist.id"), primary_key=True),
    Column("track_id", ForeignKey("track.id"), primary_key=True),
    Column("position", Integer, nullable=False),
)


class Playlist(Base):
    __tablename__ = "playlist"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    tracks: Mapped[list["Track"]] = relationship(
        secondary=entry, order_by=entry.c.position.desc()
    )
    comments: Mapped[list["Comment"]] = relationship(
        order_by="Comment.stars.desc(), Comment.body"
    )


class Track(Base):
    __tablename__ = "track"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    seconds: Mapped[int]


class Comment(Base):
    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str]
    stars: Mapped[int]
    playlist_id: Mapped[int] = mapped_column(ForeignKey("playlist.id"))


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    session.add_all(
        Track(id=start + number, title=f"track {number}", seconds=number)
        for number in range(4)
    )
    for number, order in enumerate(((2, 0, 3), (3, 2, 1, 0))):
        playlist = Playlist(id=start + number, name=f"list {number}")
        playlist.comments = [
            Comment(id=start + number * 10 + place, body=body, stars=stars)
            for place, (body, stars) in enumerate((("b", 1), ("a", 1), ("c", 5)))
        ]
        session.add(playlist)
        session.flush()
        for position, track in enumerate(order):
            session.execute(
                entry.insert().values(
                    playlist_id=playlist.id, track_id=start + track, position=position
                )
            )


CASES = [
    Case(
        mapping="order_by",
        metadata=Base.metadata,
        seed=seed,
        types=[
            Type("Playlist", Playlist),
            Type("Track", Track),
            Type("Comment", Comment),
        ],
        sdl="""
            type Query { playlists: [Playlist!]! }
            type Playlist { name: String! tracks: [Track!]! comments: [Comment!]! }
            type Track { title: String! seconds: Int! }
            type Comment { body: String! stars: Int! }
        """,
        queries=[
            Query("{ playlists { name tracks { title } } }", 2, unread=("seconds",)),
            # What orders the rows is not among what is asked.
            Query("{ playlists { comments { body } tracks { title } } }", 3),
            Query(
                "{ playlists { tracks { title } comments { body } } }",
                3,
                fault="the fallback keeps the order_by of a relationship",
                first={
                    "tracks": [{"title": f"track {number}"} for number in (3, 0, 2)],
                    "comments": [{"body": body} for body in "cab"],
                },
            ),
        ],
    )
]
