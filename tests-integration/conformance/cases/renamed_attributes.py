"""Attributes that have other names than their columns, keys included."""

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from ..case import STRINGS, Case, Query, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


song_genre = Table(
    "song_genre",
    Base.metadata,
    Column("SONG_NO", ForeignKey("song.SONG_ID"), primary_key=True, key="song"),
    Column("GENRE_NO", ForeignKey("genre.GENRE_ID"), primary_key=True, key="genre"),
)


class Album(Base):
    __tablename__ = "album"
    pk: Mapped[int] = mapped_column("ALBUM_ID", primary_key=True)
    title: Mapped[str] = mapped_column("ALBUM_TITLE")
    # The names of two columns change places.
    label: Mapped[str] = mapped_column("COVER")
    cover: Mapped[str] = mapped_column("LABEL")
    songs: Mapped[list["Song"]] = relationship(back_populates="album")


class Song(Base):
    __tablename__ = "song"
    pk: Mapped[int] = mapped_column("SONG_ID", primary_key=True)
    title: Mapped[str] = mapped_column("SONG_TITLE")
    lyrics: Mapped[str] = mapped_column("LYRICS")
    on_album: Mapped[int | None] = mapped_column(
        "ALBUM_NO", ForeignKey("album.ALBUM_ID")
    )
    album: Mapped[Album | None] = relationship(back_populates="songs")
    genres: Mapped[list["Genre"]] = relationship(
        secondary=song_genre, back_populates="songs"
    )


class Genre(Base):
    __tablename__ = "genre"
    pk: Mapped[int] = mapped_column("GENRE_ID", primary_key=True)
    name: Mapped[str] = mapped_column("GENRE_NAME", key="called")
    songs: Mapped[list[Song]] = relationship(
        secondary=song_genre, back_populates="genres"
    )


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    genres = [Genre(pk=start + number, name=f"genre {number}") for number in range(3)]
    albums = [
        Album(pk=start + number, title=f"album {number}", label="a", cover="b")
        for number in range(2)
    ]
    for number, (album, chosen) in enumerate(
        ((0, (0, 1)), (0, ()), (None, (2,)), (1, (1,)))
    ):
        song = Song(
            pk=start + number,
            title=f"song {number}",
            lyrics="long",
            album=None if album is None else albums[album],
        )
        song.genres = [genres[position] for position in chosen]
        session.add(song)


CASES = [
    Case(
        mapping="attribute name ≠ column name",
        metadata=Base.metadata,
        seed=seed,
        types=[
            Type("Album", Album, aliases={"id": "pk"}),
            Type("Song", Song, aliases={"id": "pk"}),
            Type("Genre", Genre, aliases={"id": "pk"}),
        ],
        sdl="""
            type Query {
                albums: [Album!]!
                album(id: ID!): Album
                songs(on_album: ID): [Song!]!
                genres: [Genre!]!
            }
            type Album {
                id: ID! title: String! label: String! cover: String! songs: [Song!]!
            }
            type Song {
                id: ID! title: String! lyrics: String! album: Album genres: [Genre!]!
            }
            type Genre { id: ID! name: String! songs: [Song!]! }
        """,
        queries=[
            Query("{ albums { id title songs { title } } }", 2, unread=("LYRICS",)),
            Query("{ albums { label songs { id } } }", 2, unread=("LABEL",)),
            Query("{ songs { title album { cover } } }", 2, unread=("COVER",)),
            Query("{ songs(on_album: 100) { title genres { name } } }", 2),
            Query("{ genres { name songs { title album { title } } } }", 3),
            Query("{ album(id: 101) { songs { genres { name } } } }", 3),
            Query(
                "{ albums { songs { title } }"
                " songs { album { title } genres { name } } }",
                5,
                fault="the fallback takes attributes named unlike their columns",
            ),
        ],
    )
]
